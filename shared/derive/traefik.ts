import { createHash } from 'node:crypto'
import type { Service } from '../http/service.ts'

type Routed = Pick<Service, 'name' | 'roots' | 'endpoints'>

/** Where a service's own documentation is served, on its own port only. */
const SCHEMA_ROOT = '/api/schema'

/**
 * Tags of a service's Consul registration, from which Traefik makes routers: its path roots on the
 * entry point `web`, the same with its documentation on the entry point named like the service, and
 * on both what may be sent twice though it is a POST, because it has an `Idempotency-Key`. Nothing
 * in them differs between replicas: Traefik drops what several define differently, with all its
 * traffic. So that replicas of the next version may differ, names end with a hash of what they
 * name: both versions then stand side by side until the older one has left.
 */
export function tags(service: Routed): string[] {
  const { name, roots } = service
  const balancer = {
    // In turn, so that a retry meets another instance: one that is dead has no calls in flight, and
    // `p2c` would take it first.
    strategy: 'wrr',
    // No passive check: it counts a service's own 503 as a fault of the instance, and three of them,
    // for one endpoint that lacks something, would take away all the others.
    'healthcheck.path': '/readyz',
    'healthcheck.interval': '1s',
    // A dead one refuses at once; one that is merely slow, when the whole machine is, is better than none.
    'healthcheck.timeout': '5s',
    serverstransport: 'node@file',
  }
  const keyed = keyedRule(service)
  const common = { priority: '100', middlewares: 'api@file' }
  const routers = {
    [name]: { rule: rule(roots), entrypoints: 'web', ...common },
    [`${name}-own`]: { rule: rule([SCHEMA_ROOT, ...roots]), entrypoints: name, ...common },
    ...(keyed && {
      [`${name}-keyed`]: {
        rule: keyed,
        entrypoints: `web,${name}`,
        priority: '110',
        middlewares: 'api-keyed@file',
      },
    }),
  }
  const content = JSON.stringify([balancer, routers])
  const version = createHash('sha256').update(content).digest('hex').slice(0, 8)
  const lines = (prefix: string, values: Record<string, string>) =>
    Object.entries(values).map(
      ([key, value]) => `traefik.http.${prefix}-${version}.${key}=${value}`,
    )
  return [
    'traefik.enable=true',
    ...Object.entries(routers).flatMap(([id, router]) =>
      lines(`routers.${id}`, { ...router, service: `${name}-${version}` }),
    ),
    ...Object.entries(balancer).map(
      ([key, value]) => `traefik.http.services.${name}-${version}.loadbalancer.${key}=${value}`,
    ),
  ]
}

/** What does its work once for one key, however often it is sent; undefined when nothing does. */
function keyedRule({ endpoints }: Routed): string | undefined {
  const paths = Object.values(endpoints)
    .filter(({ contract }) => contract.idempotent)
    .map(({ contract }) => contract.path.replace(/\/$/, ''))
    .sort()
    .map((path) =>
      path
        .split(/\{\w+\}/)
        .map(escaped)
        .join('[^/]+'),
    )
  if (paths.length === 0) return undefined
  return `Method(\`POST\`) && PathRegexp(\`^(${paths.join('|')})/?$\`) && HeaderRegexp(\`Idempotency-Key\`, \`.\`)`
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
  return `^(${[...roots].sort().map(escaped).join('|')})(/|$)`
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
