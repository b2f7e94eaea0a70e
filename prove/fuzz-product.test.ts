import { after, before } from 'node:test'
import fc from 'fast-check'
import sharp from 'sharp'
import { product } from '../functions/product/service.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { fuzz, type World } from './fuzz/fuzz.ts'

let shop: Shop
let world: World

const products = '/api/v1/products/'
const categories = '/api/v1/categories/'

before(async () => {
  shop = await openShop([product])
  const make = async (path: string, body: unknown) =>
    (await shop.call('POST', path, { as: 'staff', body })).body
  const parents: number[] = []
  const children: number[] = []
  for (let at = 0; at < 5; at++) {
    const { id } = await make(categories, { name: `Kept ${at}` })
    parents.push(id)
    children.push((await make(`${categories}${id}/subcategories/`, { name: 'Kept' })).id)
  }
  const form = new FormData()
  form.set('name', 'With a picture')
  form.set('price', '3.00')
  const picture = await sharp({ create: { width: 60, height: 60, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  form.set('image', new Blob([new Uint8Array(picture)], { type: 'image/png' }), 'a.png')
  const kept = (await shop.call('POST', products, { as: 'staff', form })).body
  const text = (ids: number[]) => fc.subarray(ids).map((it) => it.join(','))
  world = {
    known: {
      categories: fc.subarray(parents),
      subcategories: fc.subarray(children),
      barcode: fc.oneof(fc.constant(''), fc.nat(9_999_999).map(ean8)),
      category: text(parents),
      subcategory: text(children),
      ids: text([kept.id, 1, 2, 3]),
      // Only what `next` told is a cursor.
      after: fc.constant(await cursorOf()),
      'list-products:ordering': fc.constantFrom(
        'price',
        '-price',
        'name',
        '-created_at',
        'relevance',
      ),
    },
    call: (method, target, options) => shop.call(method, target, options),
    caller: async ({ contract }) =>
      contract.access === 'anyone' ? {} : { authorization: `Bearer ${shop.token('staff')}` },
    async there({ contract }, parameter) {
      if (parameter === 'name') return kept.image.split('/').at(-1)
      if (parameter === 'slug') return kept.slug
      const isFresh = contract.method === 'DELETE'
      if (contract.path.startsWith(products))
        return String(
          isFresh
            ? (await make(products, { name: `Gone ${crypto.randomUUID()}`, price: '1.00' })).id
            : kept.id,
        )
      if (contract.path.startsWith(categories))
        return String(
          isFresh ? (await make(categories, { name: crypto.randomUUID() })).id : parents[0],
        )
      const path = `${categories}${parents[0]}/subcategories/`
      return String(isFresh ? (await make(path, { name: crypto.randomUUID() })).id : children[0])
    },
    mend(_target, body) {
      if (Array.isArray(body.subcategories) && body.subcategories.length > 0)
        body.categories = parents
    },
  }
})
after(() => shop.close())

fuzz(product, () => world)

async function cursorOf(): Promise<string> {
  for (let at = 0; at < 3; at++)
    await shop.call('POST', products, { as: 'staff', body: { name: `P${at}`, price: '2.00' } })
  const page = await shop.call('GET', `${products}?limit=1`)
  return new URL(page.body.next).searchParams.get('after') ?? ''
}

/** Seven digits and the one that GS1 wants after them. */
function ean8(digits: number): string {
  const text = String(digits).padStart(7, '0')
  const sum = [...text].reduce((sum, digit, at) => sum + Number(digit) * (at % 2 ? 1 : 3), 0)
  return `${text}${(10 - (sum % 10)) % 10}`
}
