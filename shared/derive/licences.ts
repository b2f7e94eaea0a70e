/** What `package-lock.json` says of a package. */
export type Locked = {
  version?: string
  license?: string
  integrity?: string
  resolved?: string
  dev?: boolean
  optional?: boolean
  hasInstallScript?: boolean
}

export type Lock = { packages: Record<string, Locked> }

/** A name from `node_modules/a/node_modules/@b/c`. */
export function packageName(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** All that an installation for use may hold, on any platform. */
export function shipped({ packages }: Lock): [name: string, it: Locked][] {
  return Object.entries(packages)
    .filter(([path, it]) => path !== '' && it.dev !== true)
    .map(([path, it]) => [packageName(path), it])
}

/** `docs/licences.md`. */
export function licences(lock: Lock): string {
  const kinds = Map.groupBy(shipped(lock), ([, it]) => it.license ?? 'none told')
  const parts = [...kinds]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, packages]) => {
      const lines = packages.map(([name, it]) => `- ${name} ${it.version}`)
      return [`## ${kind}`, '', ...[...new Set(lines)].sort()].join('\n')
    })
  const head = [
    '# Licences of what is shipped',
    '',
    'Every package that an installation without development tools may hold, on any platform, by what',
    '`package-lock.json` tells of it. Made by `npm run derive`; `shared/checks/supply-chain.test.ts` says',
    'which licences are taken, and fails while this list is stale.',
  ].join('\n')
  return `${[head, ...parts].join('\n\n')}\n`
}
