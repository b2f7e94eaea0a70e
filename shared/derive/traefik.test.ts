import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { define } from '../http/contract.ts'
import type { Service } from '../http/service.ts'
import { gatewayTable, owner } from './gateway.ts'
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

/** Path → who answers it: a service, `storefront`, or `-` for nobody. */
const paths: Record<string, string> = {
  '/api/v1/products': 'product',
  '/api/v1/products/': 'product',
  '/api/v1/products/1/': 'product',
  '/api/v1/products/by-slug/a-b/': 'product',
  '/api/v1/products/a.b~c': 'product',
  '/api/v1/products/%41': 'product',
  '/api/v1/products/%C3%A9': 'product',
  '/api/v1/products/a%3Fb': 'product',
  '/api/v1/products/a;b': 'product',
  '/api/v1/products;x': '-',
  '/api/v1/productsx': '-',
  '/api/v1/products-old/': '-',
  '/api/v1/products.json': '-',
  '/api/v1/categories': 'product',
  '/api/v1/categories/3/subcategories/': 'product',
  '/api/v1/media/ab12.webp': 'product',
  '/api/v1/mediator': '-',
  '/api/v1/cart': 'cart',
  '/api/v1/cart/': 'cart',
  '/api/v1/cart/items/7/': 'cart',
  '/api/v1/cartoons': '-',
  '/api/v1/cartoons/': '-',
  '/api/v1/carts/': '-',
  '/api/v1/reviews/0198c2a4-6f1e-7c3b-9d53-2f4a8b1c6e07/': 'review',
  '/api/v1/reviews': 'review',
  '/api/v1/review': '-',
  '/api/v1/token/refresh/': 'auth',
  '/api/v1/tokens/': '-',
  '/api/v1/users/me/': 'auth',
  '/.well-known/jwks.json': 'auth',
  '/.well-known/jwks.json/': 'auth',
  '/.well-known/jwksXjson': 'storefront',
  '/.well-known/security.txt': 'storefront',
  '/api/v1/%70roducts/': 'product',
  '/api/v1/pr%6Fducts': 'product',
  '/%61pi/v1/cart': 'cart',
  '/api//v1//products/': 'product',
  '//api/v1/products/': 'product',
  '/api/v1/./products/': 'product',
  '/api/v1/%2e/products/': 'product',
  '/api/v1/x/../products/': 'product',
  '/api/v1/x/%2e%2e/products/': 'product',
  '/api/v1/x/%2E%2e/cart': 'cart',
  '/api/v1/products/../cart': 'cart',
  '/api/v1/products/..': '-',
  '/api/v1/products/../../../internal/v1/events/': '-',
  '/api/v1/products/%2e%2e/%2e%2e/%2e%2e/internal/v1/events/': '-',
  '/api/v1/products/../../../metrics': '-',
  '/api/v1/products/..;/internal/': 'product',
  '/..;/api/v1/products/': 'storefront',
  '/api/v1/products/%2e%2e%2f%2e%2e%2finternal': '-',
  '/api/v1%2fproducts/': '-',
  '/api/v1/cart%2Fitems': '-',
  '/api/v1/cart%5citems': '-',
  '/api/v1/cart%00': '-',
  '/api/v1/cart%zz': '-',
  '/api/v1/cart%': '-',
  '/API/v1/products/': 'storefront',
  '/api/V1/products/': '-',
  '/api/v1/Products/': '-',
  '/api/v2/products/': '-',
  '/api/v1/': '-',
  '/api/v1': '-',
  '/api': '-',
  '/api/schema/': '-',
  '/api/schema/swagger-ui/': '-',
  '/apiary': 'storefront',
  '/internal/v1/events/': '-',
  '/internal': '-',
  '//internal/v1/events/': '-',
  '/%69nternal/v1/events/': '-',
  '/internals': 'storefront',
  '/metrics': '-',
  '/metrics/': '-',
  '/./metrics': '-',
  '/livez': '-',
  '/readyz': '-',
  '/readyz/': '-',
  '/readyz2': 'storefront',
  '/_/events': '-',
  '/': 'storefront',
  '': '-',
  '/products/12': 'storefront',
  '/cart': 'storefront',
  '/x/api/v1/cart': 'storefront',
  'api/v1/cart': '-',
  'http://else.example/api/v1/cart': '-',
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
