import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import sharp from 'sharp'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import { until } from '../../shared/testing/until.ts'
import { formWith, picture } from './picture-lab.ts'
import { etagOf, make, products } from './product-lab.ts'
import { keepPicture, sweepPictures } from './queries/media.ts'
import { product } from './service.ts'

let shop: Shop
before(async () => {
  shop = await openShop([product])
})
after(() => shop.close())

const upload = (bytes: Buffer, name?: string, type?: string, more = {}) =>
  shop.call('POST', products, { as: 'staff', form: formWith(bytes, name, type), ...more })

describe('a picture comes with a product', () => {
  for (const door of doors)
    test(`${door}: and is served in each size as WebP, for ever`, async () => {
      const made = await upload(await picture().jpeg().toBuffer(), 'a.jpg', 'image/jpeg', { door })
      assert.equal(made.status, 201, made.text)
      assert.match(made.body.image, /^\/api\/v1\/media\/[0-9a-f]{32}-800\.webp$/)
      const sizes = { 1200: [1200, 675], 800: [800, 450], 400: [400, 225], 160: [160, 90] }
      for (const [size, [width, height]] of Object.entries(sizes)) {
        const reply = await shop.call('GET', made.body.image.replace('-800', `-${size}`), { door })
        assert.equal(reply.status, 200)
        assert.equal(reply.headers.get('content-type'), 'image/webp')
        assert.equal(reply.headers.get('cache-control'), 'public, max-age=31536000, immutable')
        assert.equal(reply.headers.get('x-content-type-options'), 'nosniff')
        assert.match(
          reply.headers.get('content-security-policy') ?? '',
          /^sandbox; default-src 'none'/,
        )
        const info = await sharp(reply.bytes).metadata()
        assert.deepEqual([info.format, info.width, info.height], ['webp', width, height])
      }
      const headers = { 'if-none-match': etagOf(await shop.call('GET', made.body.image, { door })) }
      assert.equal((await shop.call('GET', made.body.image, { door, headers })).status, 304)
    })

  for (const format of ['jpeg', 'png', 'webp', 'avif'] as const)
    test(`${format}, whatever its name and type say`, async () => {
      const bytes = await picture(90, 60).toFormat(format).toBuffer()
      const made = await upload(bytes, '../../etc/passwd\0.exe', 'text/html')
      assert.equal(made.status, 201, made.text)
      const { width, height } = await sharp(
        (await shop.call('GET', made.body.image)).bytes,
      ).metadata()
      assert.deepEqual([width, height], [90, 60], 'not enlarged')
    })

  test('stands upright and tells nothing of where it was taken', async () => {
    const bytes = await picture(60, 40)
      .withExif({ IFD0: { Artist: 'Secret Name' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    const made = await upload(bytes)
    const { bytes: served } = await shop.call('GET', made.body.image)
    const info = await sharp(served).metadata()
    assert.deepEqual([info.width, info.height, info.exif, info.icc], [40, 60, undefined, undefined])
    assert.ok(!served.includes('Secret'))
  })

  test('of an animation the first frame', async () => {
    const frames = Buffer.concat([Buffer.alloc(32 * 32 * 3, 200), Buffer.alloc(32 * 32 * 3, 20)])
    const raw = { width: 32, height: 64, channels: 3, pageHeight: 32 } as const
    const bytes = await sharp(frames, { raw }).webp({ loop: 0 }).toBuffer()
    assert.equal((await sharp(bytes).metadata()).pages, 2)
    const made = await upload(bytes)
    const info = await sharp((await shop.call('GET', made.body.image)).bytes).metadata()
    assert.deepEqual([info.width, info.height, info.pages], [32, 32, undefined])
  })

  test('the same picture twice is one picture; of two products each keeps it', async () => {
    const bytes = await picture(50, 50).png().toBuffer()
    const [one, two] = await Promise.all([upload(bytes), upload(bytes)])
    assert.deepEqual([one.status, two.status], [201, 201])
    assert.equal(one.body.image, two.body.image)
    await shop.call('DELETE', `${products}${one.body.id}/`, { as: 'staff' })
    assert.equal((await shop.call('GET', two.body.image)).status, 200)
  })

  test('is changed, stays when others change, and is taken away', async () => {
    const mug = await make(shop)
    const form = new FormData()
    form.set('image', new Blob([new Uint8Array(await picture(70, 70).png().toBuffer())]), 'x.png')
    const pictured = await shop.call('PATCH', mug.path, { as: 'staff', form })
    assert.equal(pictured.status, 200, pictured.text)
    assert.match(pictured.body.image, /webp$/)
    const body = { name: 'Replaced', price: '1.00' }
    const replaced = await shop.call('PUT', mug.path, { as: 'staff', body })
    assert.equal(replaced.body.image, pictured.body.image)
    const bare = await shop.call('PATCH', mug.path, { as: 'staff', body: { image: null } })
    assert.equal(bare.body.image, null)
  })

  test('an Idempotency-Key knows the picture too', async () => {
    const headers = { 'idempotency-key': 'pictured' }
    const bytes = await picture(40, 40).png().toBuffer()
    const first = await upload(bytes, 'a.png', 'image/png', { headers })
    const again = await upload(bytes, 'a.png', 'image/png', { headers })
    assert.deepEqual([first.status, again.body.id], [201, first.body.id])
    const other = await upload(await picture(41, 40).png().toBuffer(), 'a.png', 'image/png', {
      headers,
    })
    assert.equal(other.status, 422)
  })
})

describe('pictures', () => {
  test('that are not there, and names that are none', async () => {
    const hash = '0123456789abcdef'.repeat(2)
    const names = [
      `${hash}-800.webp`,
      `${hash}-800.png`,
      `${hash.toUpperCase()}-800.webp`,
      `${hash}.webp`,
      '..%2f..%2fetc%2fpasswd',
      `${hash}-800.webp%00.js`,
      'x',
    ]
    for (const name of names)
      assert.match(
        String((await shop.call('GET', `/api/v1/media/${name}`, { door: 'host' })).status),
        /%/.test(name) ? /^40[04]$/ : /^404$/,
        name,
      )
  })

  test('that no product has shown for a day are swept, others stay', async () => {
    const kept = await upload(await picture(20, 20).png().toBuffer())
    const gone = await upload(await picture(21, 20).png().toBuffer())
    const fresh = await upload(await picture(22, 20).png().toBuffer())
    for (const { body } of [gone, fresh])
      await shop.call('DELETE', `${products}${body.id}/`, { as: 'staff' })
    const hashOf = (it: typeof kept) => it.body.image.slice(14, 46)
    const { sql } = shop.db('product')
    await sql`update picture set created_at = now() - interval '25 hours' where hash <> ${hashOf(fresh)}`
    await sweepPictures()
    const there = await sql<{ name: string }>`
      select name from media where picture = any (${[kept, gone, fresh].map(hashOf)}::text[])`
    const hashes = new Set(there.map(({ name }) => name.slice(0, 32)))
    assert.deepEqual(hashes, new Set([hashOf(kept), hashOf(fresh)]))
    assert.equal(there.length, 8)
  })

  test('an old one that is being taken again is not swept meanwhile', async () => {
    const { body } = await upload(await picture(23, 20).png().toBuffer())
    const hash = body.image.slice(14, 46)
    const db = shop.db('product')
    await shop.call('DELETE', `${products}${body.id}/`, { as: 'staff' })
    await db.sql`update picture set created_at = now() - interval '25 hours' where hash = ${hash}`
    const { promise: taken, resolve: sweep } = Promise.withResolvers<void>()
    // Made out here, so that it does not run in the transaction.
    const sweeping = taken.then(sweepPictures)
    await db.transaction(async () => {
      await keepPicture(hash, [])
      sweep()
      await until(async () => {
        const waiting = await db.outside(
          `select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%delete from picture%'`,
          [],
        )
        return waiting.length > 0
      })
    })
    await sweeping
    assert.equal((await db.sql`select from media where picture = ${hash}`).length, 4)
  })

  test('are read elsewhere than in the event loop', async () => {
    const bytes = await picture(3000, 2000).jpeg().toBuffer()
    const reading = Promise.all(Array.from({ length: 4 }, () => upload(bytes)))
    let longest = 0
    let last = performance.now()
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 1)
    const replies = await reading
    clearInterval(watch)
    assert.ok(replies.every(({ status }) => status === 201))
    assert.ok(longest < 150, `the event loop stood still for ${longest} ms`)
  })
})
