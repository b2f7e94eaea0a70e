import { watch as watchFolder } from 'node:fs'
import { join } from 'node:path'

/** Quiet after which a save counts as done: editors write a file in several steps. */
const QUIET_MS = 15

/** Tells which sources were saved, in bundles; a save during `take` comes with the next. */
export function watchSources(
  root: string,
  folders: readonly string[],
  take: (paths: ReadonlySet<string>) => Promise<void>,
): () => void {
  let saved = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let busy = false
  const flush = async () => {
    if (busy || saved.size === 0) return
    busy = true
    const batch = saved
    saved = new Set()
    await take(batch).finally(() => {
      busy = false
    })
    void flush()
  }
  const watchers = folders.map((folder) =>
    watchFolder(join(root, folder), { recursive: true }, (_event, name) => {
      if (!name || !/\.(ts|sql|json)$/.test(name) || /\.test\.ts$/.test(name)) return
      saved.add(join(root, folder, name))
      clearTimeout(timer)
      timer = setTimeout(() => void flush(), QUIET_MS)
    }),
  )
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
