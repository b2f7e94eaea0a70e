import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Lock, shipped } from '../shared/derive/licences.ts'

type Bom = {
  components: { 'bom-ref': string; name: string; version: string }[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

const root = join(import.meta.dirname, '..')

/**
 * Prints what an installation for use may hold as CycloneDX, for all platforms. It is npm's own list
 * of everything, and what is for development taken out here: `npm sbom --omit=dev` of npm 11 also
 * leaves out what both need, pg's own parts among it.
 */
export async function sbomCommand(): Promise<void> {
  const lock: Lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
  const { stdout } = await promisify(execFile)(
    'npm',
    ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'],
    { cwd: root, maxBuffer: 256 * 1024 * 1024, shell: process.platform === 'win32' },
  )
  const bom: Bom = JSON.parse(stdout)
  const names = new Set(shipped(lock).map(([name, it]) => `${name}@${it.version}`))
  const components = bom.components.filter((it) => names.has(`${it.name}@${it.version}`))
  const refs = new Set(components.map((it) => it['bom-ref']))
  const dependencies = bom.dependencies
    .filter((it, at) => at === 0 || refs.has(it.ref))
    .map((it) => ({ ...it, dependsOn: it.dependsOn.filter((ref) => refs.has(ref)) }))
  process.stdout.write(`${JSON.stringify({ ...bom, components, dependencies }, null, 2)}\n`)
}
