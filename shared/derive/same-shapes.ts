import { kebab, type Service } from '../http/service.ts'

/** Endpoints that a router without types cannot tell apart; `keys` are those of the manifest. */
export type SameShape = { name: string; routeKey: string; keys: string[] }

/** `GET /a/{x}/` → `GET /a/{}`: the same for routes that differ by the names of parameters alone. */
export function shapeOf(method: string, path: string): string {
  return `${method} ${withoutSlash(path).replace(/\{\w+\}/g, '{}')}`
}

/** A path as API Gateway takes it in a route: it refuses one that ends in a slash. */
export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** Groups of one service's endpoints with one shape; a generated function chooses between them. */
export function sameShapes(service: Pick<Service, 'endpoints'>): SameShape[] {
  const groups = new Map<string, string[]>()
  for (const [key, { contract }] of Object.entries(service.endpoints)) {
    const shape = shapeOf(contract.method, contract.path)
    groups.set(shape, [...(groups.get(shape) ?? []), key])
  }
  return [...groups]
    .filter(([, keys]) => keys.length > 1)
    .map(([shape, keys]) => {
      let at = 0
      const routeKey = shape.replaceAll('{}', () => `{id${at++ || ''}}`)
      return { name: `lambda-choose-${keys.map(kebab).join('-or-')}`, routeKey, keys }
    })
}
