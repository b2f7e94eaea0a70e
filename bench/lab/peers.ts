import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where peers lie that are no part of this install; each folder has a package.json of its own. */
export const peers = join(import.meta.dirname, '../peers')

/** The Node that the bars were set with; the peers run on it as well as on ours. */
export const node20 = join(peers, `node_modules/node-${process.platform}-${process.arch}/bin/node`)

const folders = ['', 'serverless', 'medusa', 'vendure']

/** Fetches all of them, some 1.5 GB; their install scripts do not run. */
export function installPeers(): void {
  for (const folder of folders) {
    const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund']
    const { status } = spawnSync('npm', ['install', '--no-package-lock', ...flags], {
      cwd: join(peers, folder),
      stdio: ['ignore', 2, 2],
    })
    if (status !== 0) console.error(`bench/peers/${folder} could not be installed`)
  }
}

/** Why a table cannot be measured, when it needs packages that are not there. */
export function leftOut(...packages: readonly string[]): string | undefined {
  const missing = packages.filter((it) => !existsSync(join(peers, 'node_modules', it)))
  if (missing.length === 0) return undefined
  return `${missing.join(', ')}: not installed; npm run bench -- --install`
}
