import type { Service } from '../http/service.ts'

type Routed = Pick<Service, 'name' | 'roots'>

/** Where a service's own documentation is served, on its own port only. */
const SCHEMA_ROOT = '/api/schema'

/**
 * Tags of a service's Consul registration, from which Traefik makes two routers: its path roots on
 * the entry point `web`, and the same with its documentation on the entry point named like the
 * service. Nothing in them differs between replicas: Traefik drops a service whose tags disagree.
 */
export function tags(service: Routed): string[] {
  const { name, roots } = service
  const router = (key: string, value: string) => `traefik.http.routers.${key}=${value}`
  const balancer = (key: string, value: string) =>
    `traefik.http.services.${name}.loadbalancer.${key}=${value}`
  const routed = (id: string, entryPoint: string, paths: readonly string[]) => [
    router(`${id}.rule`, rule(paths)),
    router(`${id}.entrypoints`, entryPoint),
    router(`${id}.priority`, '100'),
    router(`${id}.middlewares`, 'api@file'),
    router(`${id}.service`, name),
  ]
  return [
    'traefik.enable=true',
    ...routed(name, 'web', roots),
    ...routed(`${name}-own`, name, [SCHEMA_ROOT, ...roots]),
    balancer('strategy', 'p2c'),
    balancer('healthcheck.path', '/readyz'),
    // No passive check: it counts a service's own 503 as a fault of the instance, and three of them,
    // for one endpoint that lacks something, would take away all the others.
    balancer('healthcheck.interval', '2s'),
    balancer('healthcheck.timeout', '2s'),
    balancer('serverstransport', 'node@file'),
  ]
}

/** A Traefik rule for these roots and what is under them, by whole segments. */
export function rule(roots: readonly string[]): string {
  return `PathRegexp(\`${rootsPattern(roots)}\`)`
}

/**
 * The same as a regular expression that Go and JavaScript read alike. `PathPrefix` would not do:
 * it takes `/api/v1/cartoons` for `/api/v1/cart`.
 */
export function rootsPattern(roots: readonly string[]): string {
  const sorted = [...roots].sort().map((root) => root.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return `^(${sorted.join('|')})(/|$)`
}
