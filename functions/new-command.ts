import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { withEndpointNamed, withService } from './kit/manifest.ts'
import { type Places, readPlaces } from './kit/places.ts'
import {
  endpointTest,
  endpointText,
  manifestText,
  migrationText,
  type NewEndpoint,
  queriesText,
} from './kit/templates.ts'
import { UsageError, usages } from './kit/usage.ts'

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Exit code: 0, or 2 for what was not understood. */
export async function newCommand([what, ...rest]: string[]): Promise<number> {
  try {
    const places = await readPlaces()
    if (what === 'endpoint') newEndpoint(endpointOf(places, rest))
    else if (what === 'service') newService(places, rest)
    else if (what === 'migration') newMigration(places, rest)
    else throw new UsageError('New what?')
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`\n  ${error.message}\n\n${usages.new}\n`)
    return 2
  }
}

function endpointOf({ services, places }: Places, args: readonly string[]): NewEndpoint {
  const [service = '', name = '', verb = '', given = ''] = args
  if (args.length !== 4)
    throw new UsageError('An endpoint has a service, a name, a method and a path')
  const owner = services.find((it) => it.name === service)
  if (!owner) throw new UsageError(`There is no service ${service}`)
  if (!NAME.test(name)) throw new UsageError(`A name is in kebab case, not ${name}`)
  if (places.some((it) => it.service === service && it.name === name))
    throw new UsageError(`${service}/${name} is there already`)
  const method = verb.toUpperCase()
  if (!METHODS.includes(method)) throw new UsageError(`${verb} is no method`)
  const path = /^\/(api|internal)\//.test(given) ? given : `/api/v1${given}`
  if (!/^(\/([\w.-]+|\{\w+\}))+\/$/.test(path))
    throw new UsageError(`A path starts and ends with a slash, not ${given}`)
  if (!owner.roots.some((root) => path.startsWith(`${root}/`)))
    throw new UsageError(`${path} is not under ${owner.roots.join(' or ')}, which ${service} owns`)
  if (places.some((it) => it.method === method && it.path === path))
    throw new UsageError(`${method} ${path} is answered already`)
  const key = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  return { service, name, key, method, path }
}

function newEndpoint(endpoint: NewEndpoint): void {
  const folder = join(import.meta.dirname, endpoint.service)
  const manifest = join(folder, 'service.ts')
  write(join(folder, `${endpoint.name}.ts`), endpointText(endpoint))
  write(join(folder, `${endpoint.name}.test.ts`), endpointTest(endpoint))
  change(manifest, (text) => withEndpointNamed(text, endpoint.key, endpoint.name))
  const test = `functions/${endpoint.service}/${endpoint.name}.test.ts`
  console.log(`\n  It answers already:  npm run invoke -- ${endpoint.service}/${endpoint.name}`)
  console.log(`  Make this green:     npm test -- ${test}`)
  console.log('  Then:                npm run derive\n')
}

function newService({ services }: Places, [name = '', ...more]: string[]): void {
  if (!/^[a-z][a-z0-9]*$/.test(name) || more.length > 0)
    throw new UsageError('A service has a name of small letters')
  if (services.some((it) => it.name === name)) throw new UsageError(`${name} is there already`)
  const folder = join(import.meta.dirname, name)
  mkdirSync(join(folder, 'schema'), { recursive: true })
  const port = Math.max(...services.map((it) => it.port)) + 1
  write(join(folder, 'service.ts'), manifestText(name, port))
  write(join(folder, 'queries.ts'), queriesText(name))
  write(join(folder, 'schema', `0001-${name}.sql`), migrationText(name))
  change(join(import.meta.dirname, 'catalog.ts'), (text) => withService(text, name))
  const first = { service: name, name: `get-${name}`, method: 'GET', path: `/api/v1/${name}/` }
  newEndpoint({ ...first, key: `get${name.charAt(0).toUpperCase()}${name.slice(1)}` })
}

function newMigration({ services }: Places, [service = '', name = '', ...more]: string[]): void {
  if (!services.some((it) => it.name === service))
    throw new UsageError(`There is no service ${service}`)
  if (!NAME.test(name) || more.length > 0)
    throw new UsageError('A migration has a name in kebab case')
  const folder = join(import.meta.dirname, service, 'schema')
  const last = Math.max(0, ...readdirSync(folder).map((it) => Number.parseInt(it, 10) || 0))
  write(join(folder, `${String(last + 1).padStart(4, '0')}-${name}.sql`), migrationText(name))
}

function write(path: string, text: string): void {
  if (existsSync(path)) throw new UsageError(`${relative('.', path)} is there already`)
  writeFileSync(path, text)
  console.log(`  made     ${relative('.', path)}`)
}

function change(path: string, how: (text: string) => string): void {
  writeFileSync(path, how(readFileSync(path, 'utf8')))
  console.log(`  changed  ${relative('.', path)}`)
}
