import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { seal, sealed } from '../shared/http/secrets.ts'

const Snapshot = z.object({ urls: z.array(z.url()), mac: z.string() })

/** The list of one service as it was last known, kept over restarts of the process. */
export type Snapshots = {
  read(service: string): readonly string[]
  write(service: string, urls: readonly string[]): void
}

/**
 * Snapshots as files, one a service. They are sealed: whoever can write to the folder still cannot
 * send our calls elsewhere. A folder that cannot be written costs the snapshot and nothing else.
 */
export function fileSnapshots(folder = join(tmpdir(), 'souk-discovery')): Snapshots {
  const fileOf = (service: string) => join(folder, `${service}.json`)
  return {
    read(service) {
      try {
        const { urls, mac } = Snapshot.parse(JSON.parse(readFileSync(fileOf(service), 'utf8')))
        return sealed('discovery-snapshot', content(service, urls), mac) ? urls : []
      } catch {
        return []
      }
    },
    write(service, urls) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        const mac = seal('discovery-snapshot', content(service, urls))
        const draft = `${fileOf(service)}.${process.pid}`
        writeFileSync(draft, JSON.stringify({ urls, mac }), { mode: 0o600 })
        renameSync(draft, fileOf(service))
      } catch {
        // A read-only file system is no reason to fail: the snapshot only shortens a bad start.
      }
    },
  }
}

function content(service: string, urls: readonly string[]) {
  return JSON.stringify([service, ...urls])
}
