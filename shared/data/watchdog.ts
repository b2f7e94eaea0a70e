import { type ChildProcess, spawn } from 'node:child_process'

/**
 * A shell that reads from this process: its input ends when we do, however we end, and then it
 * sends `signal` to the process `pid`, waits for its end and deletes `litter`. Kill it to call it off.
 */
export function watchOver(
  pid: number | undefined,
  signal: 'INT' | 'KILL',
  litter: string[] = [],
): ChildProcess | undefined {
  if (process.platform === 'win32' || !pid) return undefined
  const ending = `kill -${signal} ${pid}; while kill -0 ${pid}; do sleep 0.1; done`
  const script = `trap '' INT TERM HUP; read -r _; ${ending}; [ $# = 0 ] || rm -rf -- "$@"`
  const shell = spawn('/bin/sh', ['-c', script, 'watchdog', ...litter], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  shell.unref()
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref()
  return shell
}
