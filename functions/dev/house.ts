import { join, resolve } from 'node:path'
import { build } from 'esbuild'

/** What every service is run by: loaded ahead by spare processes, straight from the sources. */
export const HOUSE_ENTRY = 'functions/run.ts'
const FOLDERS = ['shared', 'discovery']

/** For esbuild: what a service's own build leaves out. */
export function housePaths(root: string): string[] {
  return [...FOLDERS.map((it) => join(root, it, '*')), join(root, HOUSE_ENTRY)]
}

/** Which sources of the house a service uses. */
export type House = {
  /**
   * Reads it anew. Rejects with esbuild's messages when it cannot be built.
   * @param entries sources that services import
   */
  read(entries: readonly string[]): Promise<void>
  uses(entries: readonly string[], path: string): boolean
  /** Whether the source is of the house, or may become so. */
  has(path: string): boolean
  /** Libraries that it imports. */
  readonly packages: readonly string[]
}

type Source = { path: string; external?: boolean }

export function house(root: string): House {
  let imports = new Map<string, readonly Source[]>()
  return {
    get packages() {
      return [...imports.values()].flat().flatMap((it) => packageOf(it) ?? [])
    },
    async read(entries) {
      const all = new Set([join(root, HOUSE_ENTRY), ...entries])
      const { metafile } = await build({
        stdin: {
          contents: [...all].map((it) => `import ${JSON.stringify(it)}`).join('\n'),
          resolveDir: root,
        },
        absWorkingDir: root,
        outfile: 'unused.mjs',
        bundle: true,
        packages: 'external',
        platform: 'node',
        format: 'esm',
        target: 'node24',
        metafile: true,
        write: false,
        logLevel: 'silent',
      })
      imports = new Map(
        Object.entries(metafile.inputs).map(([path, it]) => [resolve(root, path), it.imports]),
      )
    },
    has: (path) => imports.has(path) || FOLDERS.some((it) => path.startsWith(join(root, it))),
    uses(entries, path) {
      const seen = new Set([join(root, HOUSE_ENTRY), ...entries])
      for (const source of seen)
        for (const it of imports.get(source) ?? [])
          if (it.external !== true) seen.add(resolve(root, it.path))
      return seen.has(path)
    },
  }
}

/** The library that is imported, if it is one. */
export function packageOf({ path, external }: Source): string | undefined {
  return external && !/^(node:|[./<])/.test(path) ? path : undefined
}
