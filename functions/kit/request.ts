import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { ExampleCall } from '../../shared/derive/example.ts'
import type { Contract } from '../../shared/http/contract.ts'
import type { Endpoint } from '../../shared/http/service.ts'
import { traceparentOf } from '../../shared/runtime/ids.ts'
import { type Invoke, type Prepared, prepare } from '../../shared/runtime/invoke.ts'
import type { InvokeOptions } from './invoke-options.ts'
import { nearest } from './near.ts'
import { hollowServices, loadEndpoint, type Place, type Places } from './places.ts'
import { UsageError } from './usage.ts'

/** @throws UsageError with the nearest names when there is no such function */
export function placeNamed({ places }: Places, name: string): Place {
  const names = places.map((it) => `${it.service}/${it.name}`)
  const found = places[names.indexOf(name)]
  if (found) return found
  const bare = places.filter((it) => it.name === name)
  if (bare.length === 1 && bare[0]) return bare[0]
  const near = bare.length > 1 ? bare.map((it) => `${it.service}/${it.name}`) : nearest(name, names)
  throw new UsageError(
    `There is no function ${name}. ${near.length > 0 ? `Near: ${near.join(', ')}` : `There are: ${names.join(', ')}`}`,
  )
}

/** Routes that look like this one, to be offered when it leads nowhere. */
export function nearRoutes({ places }: Places, method: string, target: string): string[] {
  const path = target.split('?', 1)[0] ?? ''
  return nearest(
    `${method} ${path}`,
    places.map((it) => `${it.method} ${it.path}`),
  )
}

/** The call as its contract's example, with what was given instead. */
export async function requestNamed(
  place: Place,
  given: Pick<InvokeOptions, 'headers' | 'body'> & { params: Record<string, string> },
): Promise<Invoke> {
  const [{ contract }, { exampleCall }] = await Promise.all([
    loadEndpoint(place),
    import('../../shared/derive/example.ts'),
  ])
  const example = exampleCall(contract)
  const query = { ...example.query }
  for (const [name, value] of Object.entries(given.params))
    if (Object.hasOwn(example.params, name)) example.params[name] = value
    else if (takesQuery(contract, name)) query[name] = value
    else throw new UsageError(`${place.service}/${place.name} has no parameter ${name}`)
  const body = given.body
  const request = requestOf(place, { ...example, query })
  return {
    ...request,
    headers: { ...request.headers, ...given.headers },
    ...(body === undefined ? {} : { body }),
  }
}

/** An example as it goes over the wire. */
export function requestOf(
  place: Place,
  { params, query, body, headers }: ExampleCall,
): Invoke & { headers: Record<string, string> } {
  const path = place.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  )
  const search = new URLSearchParams(query).toString()
  return {
    method: place.method,
    target: search === '' ? path : `${path}?${search}`,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
}

function takesQuery(contract: Contract, name: string): boolean {
  return Object.hasOwn(contract.query?.shape ?? {}, name)
}

/** Finds what an event leads to; `name` when it was said. */
export function prepareEvent(
  places: Places,
  event: APIGatewayProxyEventV2,
  name: string | undefined,
): Prepared {
  const services = hollowServices(places)
  const traceparent = traceparentOf(event.headers.traceparent)
  if (name !== undefined) {
    const place = placeNamed(places, name)
    const service = services.find((it) => it.name === place.service)
    const endpoint = service?.endpoints[place.name]
    if (!service || !endpoint) throw new UsageError(`There is no function ${name}`)
    const functionName = `souk-${place.service}-${place.name}`
    const key = `${place.method} ${place.path}`
    return { route: { service, endpoint, key, functionName, params: [] }, event, traceparent }
  }
  const { method } = event.requestContext.http
  const target = event.rawPath.split('/').map(encodeURIComponent).join('/')
  const { route, event: made } = prepare(services, { method, target })
  const { pathParameters, routeKey } = made
  const known = { ...event, routeKey, requestContext: { ...event.requestContext, routeKey } }
  return { route, event: pathParameters ? { ...known, pathParameters } : known, traceparent }
}

/** The same call with the function itself in the place of its name. */
export function withEndpoint(prepared: Prepared, endpoint: Endpoint): Prepared {
  return { ...prepared, route: { ...prepared.route, endpoint } }
}
