import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { deriveAll } from '../shared/derive/all.ts'
import { services } from './catalog.ts'

/** Writes every committed file that is derived from the catalog; a test fails while one is stale. */
export async function deriveCommand(): Promise<void> {
  const root = join(import.meta.dirname, '..')
  for (const { file, text } of deriveAll(services)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
    console.log(file)
  }
}
