import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { deriveAll } from '../shared/derive/all.ts'
import { type Lock, licences } from '../shared/derive/licences.ts'
import { services } from './catalog.ts'

/**
 * Writes every committed file that is derived, from the catalog and from the lock of the packages; a
 * test fails while one is stale.
 */
export async function deriveCommand(): Promise<void> {
  const root = join(import.meta.dirname, '..')
  const lock: Lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
  const files = [...deriveAll(services), { file: 'docs/licences.md', text: licences(lock) }]
  for (const { file, text } of files) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
    console.log(file)
  }
}
