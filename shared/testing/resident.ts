import { readFileSync } from 'node:fs'

/** Resident memory of processes in MB; NaN where there is no /proc, or one of them has ended. */
export function residentMb(...pids: readonly number[]): number {
  try {
    return pids.reduce((sum, pid) => {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      return sum + Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
    }, 0)
  } catch {
    return Number.NaN
  }
}
