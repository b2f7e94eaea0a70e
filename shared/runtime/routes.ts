import { paramKind, paramPattern } from '../http/params.ts'
import type { Endpoint, Service } from '../http/service.ts'

/** One endpoint in its place. */
export type Route = {
  service: Service
  endpoint: Endpoint
  /** `GET /api/v1/things/{id}/`. */
  key: string
  /** `souk-<service>-<operation>`. */
  functionName: string
  /** Names of the path's parameters, in order. */
  params: readonly string[]
}

type Node = {
  literals: Map<string, Node>
  /** By kind, in the order in which they are tried: integer, uuid, text. */
  typed: { pattern: RegExp; kind: string; node: Node }[]
  routes: Map<string, Route>
}

export type RouteTable = { readonly root: Node; readonly routes: readonly Route[] }

export type Match =
  | { found: 'route'; route: Route; params: Record<string, string> }
  | { found: 'path'; allow: string }
  | { found: 'nothing' }

const NOTHING: Match = { found: 'nothing' }
const ORDER = ['integer', 'uuid', 'text']

/**
 * The routes of these services. Throws when two endpoints would answer the same request, when an
 * operation has two names, or a handler takes a callback.
 */
export function routeTable(services: readonly Service[]): RouteTable {
  const root = node()
  const routes: Route[] = []
  for (const service of services)
    for (const endpoint of Object.values(service.endpoints)) {
      const route = add(root, service, endpoint)
      if (routes.some((other) => other.functionName === route.functionName))
        throw new Error(`Two endpoints are named ${route.functionName}`)
      routes.push(route)
    }
  return { root, routes }
}

/**
 * The route of a method and a decoded path; with parameters as raw strings. `HEAD` is served by
 * `GET`. A path that exists for other methods only gives their `Allow` list.
 */
export function match(table: RouteTable, method: string, path: string): Match {
  if (!path.startsWith('/')) return NOTHING
  const end = path.length > 1 && path.endsWith('/') ? path.length - 1 : path.length
  const seek: Seek = { path, end, method, values: [], refused: undefined }
  const route = walk(table.root, 1, seek)
  if (route) return { found: 'route', route, params: named(route.params, seek.values) }
  if (seek.refused) return { found: 'path', allow: allowOf(seek.refused) }
  return NOTHING
}

type Seek = {
  path: string
  end: number
  method: string
  values: string[]
  /** Places that this path leads to, but not this method. */
  refused: Node[] | undefined
}

/** Depth first; a parameter is tried only where the literal segment led nowhere. */
function walk(at: Node, start: number, seek: Seek): Route | undefined {
  if (start > seek.end) return arrive(at, seek)
  const slash = seek.path.indexOf('/', start)
  const stop = slash < 0 || slash > seek.end ? seek.end : slash
  const segment = seek.path.slice(start, stop)
  if (segment === '') return undefined
  const literal = at.literals.get(segment)
  const found = literal && walk(literal, stop + 1, seek)
  if (found) return found
  for (const { pattern, node } of at.typed) {
    if (!pattern.test(segment)) continue
    seek.values.push(segment)
    const found = walk(node, stop + 1, seek)
    if (found) return found
    seek.values.pop()
  }
  return undefined
}

function arrive(at: Node, seek: Seek): Route | undefined {
  if (at.routes.size === 0) return undefined
  const route =
    at.routes.get(seek.method) ?? (seek.method === 'HEAD' ? at.routes.get('GET') : undefined)
  if (!route) seek.refused = [...(seek.refused ?? []), at]
  return route
}

function named(names: readonly string[], values: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {}
  for (const [at, name] of names.entries()) params[name] = values[at] ?? ''
  return params
}

function add(root: Node, service: Service, endpoint: Endpoint): Route {
  const { contract, handler } = endpoint
  const functionName = `souk-${service.name}-${contract.name}`
  if (handler.length > 2) throw new Error(`${functionName}: a handler takes no callback`)
  const params: string[] = []
  let at = root
  for (const segment of contract.path.replace(/^\/|\/$/g, '').split('/')) {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1]
    if (name === undefined) {
      if (/[{}]/.test(segment)) throw new Error(`${contract.path}: a parameter is a whole segment`)
      at = child(at.literals, segment)
    } else {
      params.push(name)
      at = typed(at, endpoint, name)
    }
  }
  const key = `${contract.method} ${contract.path}`
  const twin = at.routes.get(contract.method)
  if (twin) throw new Error(`${functionName} and ${twin.functionName} both answer ${key}`)
  const route = { service, endpoint, key, functionName, params }
  at.routes.set(contract.method, route)
  return route
}

function typed(at: Node, endpoint: Endpoint, name: string): Node {
  const schema = endpoint.contract.params?.[name]
  const kind = schema ? paramKind(schema) : 'text'
  const same = at.typed.find((it) => it.kind === kind)
  if (same) return same.node
  const next = node()
  at.typed.push({ pattern: paramPattern[kind], kind, node: next })
  at.typed.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
  return next
}

/** Value of an `Allow` header for what these places answer together. */
function allowOf(places: readonly Node[]): string {
  const methods = new Set(places.flatMap((place) => [...place.routes.keys()]))
  if (methods.has('GET')) methods.add('HEAD')
  return [...methods.add('OPTIONS')].sort().join(', ')
}

function child(nodes: Map<string, Node>, segment: string): Node {
  const known = nodes.get(segment)
  if (known) return known
  const made = node()
  nodes.set(segment, made)
  return made
}

function node(): Node {
  return { literals: new Map(), typed: [], routes: new Map() }
}
