import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const PERIOD_MICROS = 5_000
const v1 = '/sys/fs/cgroup/cpu'
const v2 = '/sys/fs/cgroup'

/**
 * Lets a process have so much of a core and no more, by a group of its own (cgroups 7, cpu.max or
 * cpu.cfs_quota_us); returns what takes the group away once the process is gone. Throws where this
 * user may not.
 */
export function capped(pid: number, cores: number): () => Promise<void> {
  const isFirst = existsSync(join(v1, 'cpu.shares'))
  const group = join(isFirst ? v1 : v2, `souk-bench-${pid}`)
  mkdirSync(group)
  const quota = Math.round(cores * PERIOD_MICROS)
  if (isFirst) {
    writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_MICROS))
    writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quota))
  } else writeFileSync(join(group, 'cpu.max'), `${quota} ${PERIOD_MICROS}`)
  writeFileSync(join(group, 'cgroup.procs'), String(pid))
  return () => removed(group)
}

/** A group can be removed only a moment after its last process has ended. */
async function removed(group: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      rmdirSync(group)
      return
    } catch (error) {
      if (tries === 40) throw error
      await pause(50)
    }
  }
}

/** Processes that a process has started and that still run. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}
