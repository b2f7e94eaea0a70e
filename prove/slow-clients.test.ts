import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { product } from '../functions/product/service.ts'
import { amount, badOnes, isFull, lasts, measured, percentile } from '../shared/testing/proof.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { allowing, until } from '../shared/testing/until.ts'
import { type Doors, openDoors } from './lab/doors.ts'
import { descriptorsOf } from './lab/processes.ts'
import { startReads } from './lab/reads.ts'
import { type Slowness, startSlowClients } from './lab/slow-clients.ts'

const PER_SECOND = amount(100, 20)
const MS = amount(8_000, 1_500)
const CUT_WITHIN = 20_000
const list = '/api/v1/products/?limit=20'
const large = '/api/v1/products/?limit=100'
const kinds: Record<Slowness, number> = {
  headers: amount(1_000, 100),
  body: amount(1_000, 100),
  reading: amount(500, 20),
}

let shop: Shop
let doors: Doors

before(async () => {
  shop = await openShop([product])
  // The last twenty make the list that others ask for; all hundred are an answer of a megabyte.
  for (let at = 0; at < 100; at++)
    await shop.call('POST', '/api/v1/products/', {
      as: 'staff',
      body: {
        name: `Thing ${at}`,
        price: '1.00',
        description: 'long '.repeat(at < 80 ? 2_000 : 100),
      },
    })
  doors = await openDoors('product', {
    DATABASE_URL_PRODUCT: shop.db('product').pool().options.connectionString ?? '',
    SERVICE_AUTH_URL: 'http://127.0.0.1:1',
    LOGGING_LVL: 'ERROR',
  })
})
after(async () => {
  await doors.close()
  await shop.close()
})

for (const door of ['direct', 'gateway'] as const)
  for (const [kind, many] of Object.entries(kinds) as [Slowness, number][]) {
    // A service answers all that is asked at once, and sheds what is too much: its slow readers are
    // held by shared/runtime/host-connections.test.ts.
    if (door === 'direct' && kind === 'reading') continue
    test(`${door}, ${many} clients slow in ${kind}: others are served as ever, and all of them are cut`, async (t) => {
      const { port, pid } = doors.at[door]
      const reads = startReads(PER_SECOND, () => ({ url: `http://127.0.0.1:${port}`, path: list }))
      t.after(() => reads.stop())
      await lasts(MS)
      const before = reads.answers.map((it) => it.ms)
      const held = descriptorsOf(pid)
      const began = performance.now()
      const path = { headers: list, body: '/api/v1/products/', reading: large }[kind]
      const slow = startSlowClients({ port, many, perSecond: many / 2, kind, path })
      t.after(() => slow.stop())
      await until(() => slow.connected() === many && slow.held() > many / 2, 20)
      await until(() => slow.held() === 0, CUT_WITHIN / 1000 + 15)
      const longest = performance.now() - began
      const during = reads.since(began).map((it) => it.ms)
      await slow.stop()
      await reads.stop()
      // Those of the reads stay for a while.
      await until(() => descriptorsOf(pid) <= held + many / 2)
      const bad = badOnes(reads.answers)
      assert.deepEqual(bad.slice(0, 3), [], `${bad.length} bad answers`)
      assert.ok(longest < allowing(CUT_WITHIN), `the last was there for ${longest} ms`)
      const [was, is] = [percentile(before, 0.99), percentile(during, 0.99)]
      // Those who take nothing must first be given what the kernel holds: megabytes of true answers.
      const isJudged = isFull && kind !== 'reading'
      assert.ok(!isJudged || is <= Math.max(2 * was, 25), `p99 ${was} ms before, ${is} ms then`)
      measured(
        t,
        `${door}, ${kind}: all ${many} cut within ${(longest / 1000).toFixed(1)} s, p99 ${was.toFixed(1)} → ${is.toFixed(1)} ms`,
      )
    })
  }
