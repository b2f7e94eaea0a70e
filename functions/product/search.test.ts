import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import { make, names, products, targetOf } from './product-lab.ts'
import { sweepWords } from './queries/search.ts'
import { product } from './service.ts'

let shop: Shop

before(async () => {
  shop = await openShop([product])
  const rows = [
    ['Wireless headphones', 'Thirty hours of battery, and a cable for when they are over.'],
    ['Headphone stand', 'Beech, for one pair of headphones.'],
    ['Charging pad', 'Charges what is wireless: headphones, phones and watches.'],
    ['Silent mouse', 'Clicks nobody hears.'],
    ['Café crème mug', 'For a long coffee, in jalapeño green.'],
    ["Men's running shoes", 'Light, for 10 km and more.'],
    ['The The', 'A record.'],
    ['Model 340 kettle', 'Boils water.'],
    ['Model 341 kettle', 'Boils more water.'],
    ['Щётка', 'Для кошек.'],
  ]
  for (const [name, description] of rows) await make(shop, { name, description })
})
after(() => shop.close())

const search = (words: string, more = '') =>
  names(shop, `search=${encodeURIComponent(words)}${more}`)

describe('search finds', () => {
  const cases: Record<string, string[]> = {
    'wireless headphones': ['Wireless headphones', 'Charging pad'],
    'HEADPHONES wireless': ['Wireless headphones', 'Charging pad'],
    mice: [],
    mouse: ['Silent mouse'],
    'cafe creme': ['Café crème mug'],
    Jalapeno: ['Café crème mug'],
    'mens shoe': ["Men's running shoes"],
    "men's shoes": ["Men's running shoes"],
    run: ["Men's running shoes"],
    'shoes for running': ["Men's running shoes"],
    the: ['The The'],
    'model 340': ['Model 340 kettle'],
    'water boiling': ['Model 340 kettle', 'Model 341 kettle'],
    щётка: ['Щётка'],
    'headphones kettle': [],
    zzyzzx: [],
    '%_\\': [],
    "'; drop table product; --": [],
    '& | ! ( ) : * <->': [],
    '!mouse': ['Silent mouse'],
  }
  for (const [words, expected] of Object.entries(cases))
    test(words, async () => assert.deepEqual(await search(words), expected))

  test('nothing is asked by nothing', async () => {
    assert.equal((await search('')).length, 10)
  })
})

describe('search forgives', () => {
  const cases: Record<string, string> = {
    'wireles headfones': 'Wireless headphones',
    'wirelss headpones': 'Wireless headphones',
    'hedphone stnad': 'Headphone stand',
    mosue: 'Silent mouse',
    slient: 'Silent mouse',
    headph: 'Headphone stand',
    kettel: 'Model 340 kettle',
    runing: "Men's running shoes",
    'chargign pda': 'Charging pad',
  }
  for (const door of doors)
    for (const [typed, found] of Object.entries(cases))
      test(`${door}: ${typed}`, async () => {
        const target = `${products}?search=${encodeURIComponent(typed)}`
        const { body } = await shop.call('GET', target, { door })
        assert.equal(body.results[0]?.name, found)
      })

  test('no digit: another model is another thing', async () => {
    assert.deepEqual(await search('model 342'), [])
  })

  test('not beyond recognition', async () => {
    assert.deepEqual(await search('elephants'), [])
  })

  test('words that came with a change at once, and none that are gone after the sweep', async () => {
    assert.deepEqual(await search('marmalaed'), [])
    const jar = await make(shop, { name: 'Jar' })
    const change = (body: unknown) => shop.call('PATCH', jar.path, { as: 'staff', body })
    await change({ name: 'Marmalade' })
    assert.deepEqual(await search('marmalaed'), ['Marmalade'])
    await change({ name: 'Jar' })
    assert.deepEqual(await search('marmalade'), [])
    await make(shop, { name: 'Marmelade' })
    assert.equal(await sweepWords(), 1)
    assert.deepEqual(await search('marmalade'), ['Marmelade'])
    assert.deepEqual(await search('wireless stand'), [])
    assert.deepEqual(await search('mouse'), ['Silent mouse'])
  })
})

describe('hits', () => {
  test('are ranked: the name counts more than the description', async () => {
    const found = await search('headphones')
    assert.equal(found.at(-1), 'Charging pad')
    assert.deepEqual(await search('headphones', '&ordering=relevance'), found)
    assert.deepEqual(await search('headphones', '&ordering=-relevance'), found)
  })

  test('can be ordered otherwise, filtered and paged', async () => {
    const byName = ['Charging pad', 'Headphone stand', 'Wireless headphones']
    assert.deepEqual(await search('headphones', '&ordering=name'), byName)
    assert.deepEqual(await search('headphones', '&price__gt=100'), [])
    const ranked = await search('headphones')
    const walked: string[] = []
    for (let next: string | null = `${products}?search=headphones&limit=1`; next; ) {
      const {
        body,
      }: { body: { next: string | null; count: number; results: { name: string }[] } } =
        await shop.call('GET', next)
      assert.equal(body.count, 3)
      walked.push(...body.results.map(({ name }) => name))
      next = body.next && targetOf(body.next)
    }
    assert.deepEqual(walked, ranked)
  })
})
