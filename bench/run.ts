import { loadavg } from 'node:os'
import { installPeers } from './lab/peers.ts'
import { report, type Table } from './lab/report.ts'
import { type BenchShop, openBenchShop } from './lab/shop.ts'

/**
 * The tables, side by side on this machine: `npm run bench`, or some of them: `npm run bench -- cached`.
 */
const tables: Record<string, () => Promise<(shop: BenchShop) => Promise<Table>>> = {
  cached: () => import('./tables/cached.ts').then((it) => it.cached),
  'cached-redis': () => import('./tables/cached.ts').then((it) => it.cachedRedis),
  uncached: () => import('./tables/uncached.ts').then((it) => it.uncached),
  'uncached-detail': () => import('./tables/uncached.ts').then((it) => it.uncachedDetail),
  'cart-add': () => import('./tables/cart-add.ts').then((it) => it.cartAdd),
  gateway: () => import('./tables/gateway.ts').then((it) => it.throughGateway),
  'gateway-uncached': () => import('./tables/gateway.ts').then((it) => it.throughGatewayUncached),
  'sign-in': () => import('./tables/sign-in.ts').then((it) => it.signIn),
  'functions-fixed': () => import('./tables/functions.ts').then((it) => it.fixedFunction),
  'functions-page': () => import('./tables/functions.ts').then((it) => it.pageFunction),
  shops: () => import('./tables/shops.ts').then((it) => it.shops),
  'growth-products': () => import('./tables/growth-products.ts').then((it) => it.growthProducts),
  'growth-reviews': () => import('./tables/growth-reviews.ts').then((it) => it.growthReviews),
  'growth-carts': () => import('./tables/growth-carts.ts').then((it) => it.growthCarts),
  'workers-stored': () => import('./tables/workers.ts').then((it) => it.workersStored),
  'workers-detail': () => import('./tables/workers.ts').then((it) => it.workersDetail),
  'workers-page': () => import('./tables/workers.ts').then((it) => it.workersPage),
  backpressure: () => import('./tables/backpressure.ts').then((it) => it.backpressure),
  cpu: () => import('./tables/cpu.ts').then((it) => it.cpu),
  weight: () => import('./tables/weight.ts').then((it) => it.weight),
}
/** These open a shop of their own, as `npm start` does. */
const alone: Record<string, () => Promise<() => Promise<Table>>> = {
  buffers: () => import('./tables/buffers.ts').then((it) => it.buffers),
  storefront: () => import('./storefront.ts').then((it) => it.storefront),
  dev: () => import('./tables/dev.ts').then((it) => it.dev),
}
const all = [...Object.keys(tables), ...Object.keys(alone)]
/** Names for several. */
const groups: Record<string, string[]> = {
  functions: ['functions-fixed', 'functions-page'],
  workers: ['workers-stored', 'workers-detail', 'workers-page'],
  growth: ['growth-products', 'growth-reviews', 'growth-carts'],
}

if (process.argv.includes('--install')) installPeers()
const wanted = process.argv
  .slice(2)
  .filter((it) => it !== '--install')
  .flatMap((it) => groups[it] ?? [it])
const unknown = wanted.filter((it) => !all.includes(it))
if (unknown.length > 0) {
  console.error(
    `No table ${unknown.join(', ')}; there are ${[...all, ...Object.keys(groups)].join(', ')}`,
  )
  process.exit(2)
}
// The others need packages of their own, or half an hour to be filled.
const byThemselves = new Set([...Object.values(groups).flat(), 'shops', 'buffers'])
const names = wanted.length > 0 ? wanted : all.filter((it) => !byThemselves.has(it))
let failed = false
const needShop = names.filter((it) => Object.hasOwn(tables, it))
if (needShop.length > 0) {
  console.log('Building and filling a shop …\n')
  const shop = await openBenchShop()
  try {
    for (const name of needShop) await measure(name, async () => (await tables[name]?.())?.(shop))
  } finally {
    await shop.stop()
  }
}
for (const name of names.filter((it) => Object.hasOwn(alone, it)))
  await measure(name, async () => (await alone[name]?.())?.())
process.exit(failed ? 1 : process.exitCode)

async function measure(name: string, work: () => Promise<Table | undefined>): Promise<void> {
  const load = loadavg()[0] ?? 0
  try {
    const table = await work()
    if (table) report(table, load)
  } catch (error) {
    failed = true
    console.error(`${name} could not be measured:`, error)
  }
}
