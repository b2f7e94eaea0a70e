import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { define } from '../http/contract.ts'
import type { Service } from '../http/service.ts'
import { gatewayTable, owner } from './gateway.ts'
import { paths } from './paths.vectors.ts'
import { tags } from './traefik.ts'

const services = [
  shop('auth', ['/api/v1/token', '/api/v1/users', '/.well-known/jwks.json'], 8001),
  shop('product', ['/api/v1/products', '/api/v1/categories', '/api/v1/media'], 8002),
  shop('cart', ['/api/v1/cart'], 8003),
  shop('review', ['/api/v1/reviews'], 8004),
]

function shop(name: string, roots: string[], port: number): Service {
  return { name, about: '', roots, port, needs: [], endpoints: {} }
}

test('the table of the Node gateway answers as written here', () => {
  assert.ok(Object.keys(paths).length >= 60)
  const table = gatewayTable(services)
  for (const [path, expected] of Object.entries(paths))
    assert.equal(owner(table, path) ?? '-', expected, path)
})

test('the rules of the tags send each path to the same service', () => {
  const rules = services.map(({ name, ...rest }) => {
    const text = value(tags({ name, ...rest }), `traefik.http.routers.${name}.rule`)
    const pattern = /^PathRegexp\(`(.+)`\)$/.exec(text)?.[1] ?? assert.fail(text)
    return { name, pattern: new RegExp(pattern) }
  })
  for (const [path, expected] of Object.entries(paths)) {
    const seen = asTraefikSees(path)
    const found = rules.filter((it) => seen !== undefined && it.pattern.test(seen))
    assert.ok(found.length < 2, path)
    const service = services.some((it) => it.name === expected) ? expected : undefined
    assert.equal(found[0]?.name, service, path)
  }
})

/** Traefik's three stages (docs/content/security/request-path.md), by means other than our own. */
function asTraefikSees(path: string): string | undefined {
  if (!path.startsWith('/') || /%2f|%5c|%00|%(?![0-9a-f]{2})/i.test(path)) return undefined
  const unreserved = path.replace(/%(2d|2e|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/gi, (it) =>
    decodeURIComponent(it),
  )
  const single = unreserved.replace(/\/{2,}/g, '/')
  return new URL(`http://gateway${single}`).pathname
}

test('a service has its own entry point, with its documentation', () => {
  const [, product] = services
  const own = tags(product ?? assert.fail())
  const key = 'traefik.http.routers.product-own'
  assert.equal(value(own, `${key}.entrypoints`), 'product')
  const pattern = new RegExp(value(own, `${key}.rule`).slice('PathRegexp(`'.length, -2))
  for (const path of ['/api/schema/', '/api/schema/swagger-ui/', '/api/v1/products/'])
    assert.match(path, pattern)
  for (const path of ['/metrics', '/internal/v1/events/', '/api/schemas', '/api/v1/cart/'])
    assert.doesNotMatch(path, pattern)
})

test('a POST with a key has a router that may send it twice, where a service keeps to keys', () => {
  const endpoint = (path: string, idempotent?: boolean) => {
    const handler = async () => ({})
    return { contract: define({ ...shape, path, ...(idempotent && { idempotent }) }), handler }
  }
  const shape = { method: 'POST', summary: '', access: 'anyone', reply: z.object({}) } as const
  const endpoints = {
    add: endpoint('/api/v1/cart/add/', true),
    put: endpoint('/api/v1/cart/{id}/in/', true),
    merge: endpoint('/api/v1/cart/merge/'),
  }
  const list = tags({ name: 'cart', roots: ['/api/v1/cart'], endpoints })
  const key = 'traefik.http.routers.cart-keyed'
  const text = value(list, `${key}.rule`)
  const path =
    /^Method\(`POST`\) && PathRegexp\(`(.+)`\) && HeaderRegexp\(`Idempotency-Key`, `\.`\)$/
  const pattern = new RegExp(path.exec(text)?.[1] ?? assert.fail(text))
  for (const it of ['/api/v1/cart/add/', '/api/v1/cart/add', '/api/v1/cart/7/in/'])
    assert.match(it, pattern)
  for (const it of ['/api/v1/cart/merge/', '/api/v1/cart/add/x', '/api/v1/cart/7/8/in/'])
    assert.doesNotMatch(it, pattern)
  assert.equal(value(list, `${key}.middlewares`), 'api-keyed@file')
  assert.equal(value(list, `${key}.entrypoints`), 'web,cart')
  assert.ok(Number(value(list, `${key}.priority`)) > 100)
  assert.equal(value(list, `${key}.service`), value(list, 'traefik.http.routers.cart.service'))
  const none = tags({
    name: 'cart',
    roots: ['/api/v1/cart'],
    endpoints: { merge: endpoints.merge },
  })
  assert.ok(!none.some((it) => it.includes('keyed')))
})

test('replicas register the same bytes, whatever the order of the roots', () => {
  const [, product] = services
  assert.ok(product)
  const other = { ...product, roots: [...product.roots].reverse(), port: 1 }
  assert.equal(JSON.stringify(tags(product)), JSON.stringify(tags(other)))
  assert.equal(new Set(tags(product).map((it) => it.split('=')[0])).size, tags(product).length)
})

test('every tag is one that Traefik knows', () => {
  const known =
    /^traefik\.(enable|http\.(routers\.[a-z-]+-[0-9a-f]{8}\.(rule|entrypoints|priority|middlewares|service)|services\.[a-z]+-[0-9a-f]{8}\.loadbalancer\.(strategy|healthcheck\.(path|interval|timeout)|serverstransport)))=.+$/
  for (const tag of services.flatMap(tags)) assert.match(tag, known)
})

test('another version of a service has other names, so that the two do not clash', () => {
  const [, product] = services
  assert.ok(product)
  const next = tags({ ...product, roots: [...product.roots, '/api/v1/new'] })
  const names = (list: string[]) =>
    list.flatMap((it) => /^traefik\.http\.(\w+\.[^.=]+)/.exec(it)?.[1] ?? [])
  const now = new Set(names(tags(product)))
  assert.equal(now.size, 3)
  assert.deepEqual(
    names(next).filter((it) => now.has(it)),
    [],
  )
  const [service] = [...now].filter((it) => it.startsWith('services.'))
  for (const id of ['product', 'product-own'])
    assert.equal(`services.${value(tags(product), `traefik.http.routers.${id}.service`)}`, service)
})

/** Value of a tag; its name is given without the version that it ends with. */
function value(list: readonly string[], key: string): string {
  const found = list.find((it) => it.replace(/-[0-9a-f]{8}(?=\.)/, '').startsWith(`${key}=`))
  return found?.slice(found.indexOf('=') + 1) ?? assert.fail(`no tag ${key}`)
}
