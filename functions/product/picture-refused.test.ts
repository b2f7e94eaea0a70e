import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openShop, type Shop } from '../../shared/testing/shop.ts'
import { formWith, hugePng, picture } from './picture-lab.ts'
import { fieldsOf, products } from './product-lab.ts'
import { product } from './service.ts'

let shop: Shop
before(async () => {
  shop = await openShop([product])
})
after(() => shop.close())

const upload = (bytes: Buffer, name?: string, type?: string, more = {}) =>
  shop.call('POST', products, { as: 'staff', form: formWith(bytes, name, type), ...more })
const countOf = async () => (await shop.call('GET', products)).body.count

describe('what is no picture that is taken is refused, and nothing stored', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
  const cases: Record<string, () => Promise<Buffer> | Buffer> = {
    'an SVG with a script': () => Buffer.from(svg),
    'an SVG that calls itself PNG': () => Buffer.from(`\x89PNG\r\n\x1a\n${svg}`, 'latin1'),
    'a GIF that is a script': () =>
      Buffer.from('GIF89a/*\x01\x00\x01\x00\x00*/=alert(1)//;', 'latin1'),
    'an honest GIF': () => picture(8, 8).gif().toBuffer(),
    'a TIFF': () => picture(8, 8).tiff().toBuffer(),
    'a JPEG with an archive behind it': async () =>
      Buffer.concat([await picture(8, 8).jpeg().toBuffer(), Buffer.from('PK\x03\x04evil.jar')]),
    'a PNG with a page behind it': async () =>
      Buffer.concat([
        await picture(8, 8).png().toBuffer(),
        Buffer.from('<script>alert(1)</script>'),
      ]),
    'a WebP with a script behind it': async () =>
      Buffer.concat([await picture(8, 8).webp().toBuffer(), Buffer.from('*/alert(1)')]),
    'an AVIF with a page behind it': async () =>
      Buffer.concat([await picture(8, 8).avif().toBuffer(), Buffer.from('<html><script>')]),
    'a PNG of 64000 by 64000': () => hugePng(64_000, 64_000),
    'a PNG of 20000 by 1': () => hugePng(20_000, 1),
    'a PNG without its pixels': () => hugePng(4000, 4000),
    'half a JPEG': async () => (await picture().jpeg().toBuffer()).subarray(0, 3000),
    'half a PNG': async () => (await picture().png().toBuffer()).subarray(0, 900),
    'half a WebP': async () => (await picture().webp().toBuffer()).subarray(0, 200),
    'half an AVIF': async () => (await picture().avif().toBuffer()).subarray(0, 300),
    'a JPEG that ends at once': () => Buffer.from('ffd8ffd9', 'hex'),
    'a JPEG of nothing but marks': () =>
      Buffer.concat([Buffer.from('ffd8', 'hex'), Buffer.alloc(5000, 0xff)]),
    'an HTML page': () => Buffer.from('<!doctype html><img src=x onerror=alert(1)>'),
    'a PDF': () => Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj <<>> endobj'),
    'nothing under a name': () => Buffer.alloc(0),
    'random bytes': () => Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 251)),
  }
  for (const [what, bytes] of Object.entries(cases))
    test(what, async () => {
      const before = await countOf()
      const reply = await upload(await bytes())
      assert.deepEqual(
        [reply.status, reply.body.code, fieldsOf(reply)],
        [400, 'invalid_request', ['image']],
      )
      assert.equal(await countOf(), before)
    })

  test('zeros behind a picture are none of that', async () => {
    const bytes = Buffer.concat([await picture(8, 8).jpeg().toBuffer(), Buffer.alloc(64)])
    assert.equal((await upload(bytes)).status, 201)
  })

  test('more than 5 MB', async () => {
    const size = 5 * 1024 * 1024 + 1
    for (const bytes of [Buffer.alloc(size, 1), Buffer.alloc(size + 2_000_000, 1)])
      for (const door of ['process', 'host'] as const)
        assert.equal((await upload(bytes, 'a.jpg', 'image/jpeg', { door })).status, 413)
  })

  test('a file in another part, and two files', async () => {
    const bytes = await picture(8, 8).png().toBuffer()
    const elsewhere = formWith(bytes)
    elsewhere.delete('image')
    elsewhere.set('photo', new Blob([new Uint8Array(bytes)]), 'x.png')
    assert.equal((await shop.call('POST', products, { as: 'staff', form: elsewhere })).status, 400)
    const twice = formWith(bytes)
    twice.append('image', new Blob([new Uint8Array(bytes)]), 'y.png')
    assert.equal((await shop.call('POST', products, { as: 'staff', form: twice })).status, 400)
  })

  test('a field that is none, beside a good picture', async () => {
    const form = formWith(await picture(8, 8).png().toBuffer())
    form.set('popularity', '9')
    const reply = await shop.call('POST', products, { as: 'staff', form })
    assert.deepEqual([reply.status, fieldsOf(reply)], [400, ['popularity']])
  })

  test('a file field left empty is no picture', async () => {
    const part = (name: string, more: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
    const file = '; filename=""\r\nContent-Type: application/octet-stream'
    const reply = await shop.call('POST', products, {
      as: 'staff',
      bytes: `${part('name', '', 'Bare')}${part('price', '', '1.00')}${part('image', file, '')}--b--\r\n`,
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    })
    assert.deepEqual([reply.status, reply.body.image], [201, null])
  })
})
