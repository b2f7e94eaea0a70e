import { closeSync, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Appends lines to a file; at `maxBytes` it becomes `<file>.1`, the one before `.2`, and so on. */
export function rotatingFile(path: string, { maxBytes = 10_000_000, keep = 3 } = {}) {
  mkdirSync(dirname(path), { recursive: true })
  let fd = openSync(path, 'a')
  let size = fstatSync(fd).size

  return {
    write(line: string) {
      if (size >= maxBytes) rotate()
      size += writeSync(fd, line)
    },
    close: () => closeSync(fd),
  }

  function rotate() {
    // Several processes of one service share the file; the first to come rotates, the others follow.
    if (sizeOf(path) >= maxBytes) {
      for (let n = keep - 1; n > 0; n--)
        tryRename(n === 1 ? path : `${path}.${n - 1}`, `${path}.${n}`)
    }
    closeSync(fd)
    fd = openSync(path, 'a')
    size = fstatSync(fd).size
  }
}

function sizeOf(path: string) {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function tryRename(from: string, to: string) {
  try {
    renameSync(from, to)
  } catch {
    // Not there yet, or another process was faster.
  }
}
