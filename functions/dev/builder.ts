import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { type BuildContext, context, type Metafile } from 'esbuild'
import { HOUSE_ENTRY, housePaths, packageOf } from './house.ts'

export type Builder = {
  /** File to run now; undefined before the first good build. */
  readonly file: string | undefined
  /** Libraries that it imports. */
  readonly packages: readonly string[]
  /** Sources of the house that it imports: those are left where they are. */
  readonly house: readonly string[]
  /** Whether what is built depends on this source. */
  uses(path: string): boolean
  /** Whether the code is another one now. Rejects with esbuild's messages, and keeps what was built. */
  build(): Promise<boolean>
  /** Deletes what earlier builds left. */
  tidy(): void
  close(): Promise<void>
}

/**
 * Builds one service's own code again and again, as one file beside its schema. Libraries and the
 * house stay outside: there is less to build and to load, and a spare process has them already.
 */
export async function builder(root: string, service: string, out: string): Promise<Builder> {
  furnish(root, service, out)
  const built: string[] = []
  let text: string | undefined
  let inputs = new Set<string>()
  let packages: string[] = []
  let house: string[] = []
  const esbuild: BuildContext<{ write: false; metafile: true }> = await context({
    stdin: {
      contents: `import { ${service} } from './functions/${service}/service.ts'
import { runService } from './${HOUSE_ENTRY}'
await runService(${service}, import.meta.dirname)`,
      resolveDir: root,
      sourcefile: `${service}-host.ts`,
      loader: 'ts',
    },
    absWorkingDir: root,
    outfile: join(out, 'host.mjs'),
    bundle: true,
    packages: 'external',
    external: housePaths(root),
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: 'inline',
    keepNames: true,
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  return {
    get file() {
      return built.at(-1)
    },
    get packages() {
      return packages
    },
    get house() {
      return house
    },
    uses: (path) => inputs.has(path),
    async build() {
      const { outputFiles, metafile } = await esbuild.rebuild()
      const fresh = outputFiles[0]?.text ?? ''
      inputs = new Set(Object.keys(metafile.inputs).map((it) => resolve(root, it)))
      const outside = importsOf(metafile)
      packages = [...new Set(outside.flatMap((it) => packageOf(it) ?? []))]
      house = outside.filter((it) => it.path.startsWith('.')).map((it) => resolve(out, it.path))
      if (fresh === text) return false
      text = fresh
      const file = join(out, `host-${performance.now()}.mjs`)
      await writeFile(file, fresh)
      built.push(file)
      return true
    },
    tidy() {
      for (const old of built.splice(0, built.length - 1)) rmSync(old, { force: true })
    },
    close: () => esbuild.dispose(),
  }
}

/** What a built folder holds beside its code; here by reference. */
function furnish(root: string, service: string, out: string): void {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(join(out, 'schema'), { recursive: true })
  const swagger = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json')
  const links = [
    [join(root, 'shared/data/schema'), 'schema/house'],
    [join(root, 'functions', service, 'schema'), 'schema/service'],
    [dirname(swagger), 'swagger-ui'],
  ] as const
  // On Windows a junction needs no rights.
  for (const [target, name] of links) symlinkSync(target, join(out, name), 'junction')
}

function importsOf({ outputs }: Metafile) {
  return Object.values(outputs)
    .flatMap((it) => it.imports)
    .filter((it) => it.external)
}
