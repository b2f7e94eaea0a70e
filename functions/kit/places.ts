import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contract, Method, Spec } from '../../shared/http/contract.ts'
import { id, type ParamKind, paramKind } from '../../shared/http/params.ts'
import { type Endpoint, nameEndpoint, type Service } from '../../shared/http/service.ts'
import { HOME } from '../local.ts'

/** What has to be known of a function to find it without importing it. */
export type Place = {
  service: string
  name: string
  method: Method
  path: string
  params: Record<string, ParamKind>
}

export type Places = {
  services: { name: string; port: number; roots: string[] }[]
  places: Place[]
  /** Modification time of every file that this was read from, ms. */
  times: Record<string, number>
}

const functions = join(import.meta.dirname, '..')
const file = join(HOME, 'places.json')

/**
 * All functions by route and name. Importing all services takes most of a second, so what the catalog
 * says is kept beside the database, and asked for again when a contract or a manifest has changed.
 */
export async function readPlaces(): Promise<Places> {
  const kept = readKept()
  const changed = kept && Object.keys(kept.times).filter((it) => timeOf(it) !== kept.times[it])
  if (kept && changed?.length === 0) return kept
  const endpoints = kept && changed ? changed.map((it) => placeOf(kept, it)) : []
  const renewed =
    kept && endpoints.length > 0 && endpoints.every((it) => it !== undefined)
      ? await renew(kept, endpoints)
      : await readCatalog()
  keep(renewed)
  return renewed
}

/** The function itself, by its own file alone. */
export async function loadEndpoint({ service, name }: Pick<Place, 'service' | 'name'>) {
  const endpoint: Endpoint = await import(join(functions, fileOf(service, name)))
  return nameEndpoint(endpoint, service, name)
}

/** Services that can be searched for a route; calling one of their functions is a mistake. */
export function hollowServices({ services, places }: Places): Service[] {
  return services.map(({ name, port, roots }) => ({
    name,
    about: '',
    roots,
    port,
    needs: [],
    endpoints: Object.fromEntries(
      places.filter((it) => it.service === name).map((it) => [it.name, hollow(it)]),
    ),
  }))
}

function hollow({ service, name, method, path, params }: Place): Endpoint {
  const schemas = Object.entries(params).map(([param, kind]) => [param, id[kind]] as const)
  const spec: Spec = { method, path, summary: '', access: 'anyone' }
  const contract: Contract = {
    ...spec,
    params: Object.fromEntries(schemas),
    status: 200,
    timeout: 30,
    service,
    name,
  }
  const handler = () => Promise.reject(new Error(`${service}/${name} has not been loaded`))
  return { contract, handler }
}

async function readCatalog(): Promise<Places> {
  const { services } = await import('../catalog.ts')
  const places = services.flatMap((it: Service) =>
    Object.values(it.endpoints).map(({ contract }) => describe(contract)),
  )
  const files = [
    'catalog.ts',
    ...services.map((it) => `${it.name}/service.ts`),
    ...places.map((it) => fileOf(it.service, it.name)),
  ]
  return {
    services: services.map(({ name, port, roots }) => ({ name, port, roots: [...roots] })),
    places,
    times: Object.fromEntries(files.map((it) => [it, timeOf(it)])),
  }
}

async function renew(kept: Places, changed: readonly Place[]): Promise<Places> {
  const places = [...kept.places]
  const times = { ...kept.times }
  for (const place of changed) {
    times[fileOf(place.service, place.name)] = timeOf(fileOf(place.service, place.name))
    places[kept.places.indexOf(place)] = describe((await loadEndpoint(place)).contract)
  }
  return { ...kept, places, times }
}

function describe({ service, name, method, path, params }: Contract): Place {
  const kinds = Object.entries(params ?? {}).map(([param, schema]) => [param, paramKind(schema)])
  return { service, name, method, path, params: Object.fromEntries(kinds) }
}

function placeOf(kept: Places, changed: string): Place | undefined {
  const place = kept.places.find((it) => fileOf(it.service, it.name) === changed)
  return timeOf(changed) === 0 ? undefined : place
}

function fileOf(service: string, name: string): string {
  return `${service}/${name}.ts`
}

/** 0 when it is not there. */
function timeOf(path: string): number {
  return statSync(join(functions, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function readKept(): Places | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** Whole or not at all: two commands may run at once. */
function keep(places: Places): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(places))
  renameSync(`${file}.${process.pid}`, file)
}
