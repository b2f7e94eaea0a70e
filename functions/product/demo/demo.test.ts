import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { type BulkProduct, checkDigit, demoArt, demoCatalogue, manyProducts } from './demo.ts'

const { categories, products } = demoCatalogue()

test('the catalogue has 154 products in 13 categories, and uses every subcategory', () => {
  assert.equal(products.length, 154)
  assert.equal(categories.length, 13)
  const offered = categories.flatMap(({ name, subcategories }) =>
    subcategories.map((subcategory) => `${name} / ${subcategory}`),
  )
  const used = products.flatMap(({ category, subcategories }) =>
    subcategories.map((subcategory) => `${category} / ${subcategory}`),
  )
  assert.deepEqual(new Set(used), new Set(offered))
  assert.ok(categories.every(({ subcategories: { length } }) => length >= 2 && length <= 4))
  const names = categories.flatMap(({ name, subcategories }) => [name, ...subcategories])
  assert.equal(new Set(names).size, names.length)
})

test('what must be unique is', () => {
  for (const field of ['key', 'name', 'description', 'barcode', 'art'] as const) {
    assert.equal(new Set(products.map((product) => product[field])).size, products.length, field)
  }
  const openings = products.map(({ description }) => description.split(' ').slice(0, 3).join(' '))
  assert.equal(new Set(openings).size, openings.length, 'two descriptions start alike')
})

test('check digits follow EAN-13, and barcodes stay in their own range', () => {
  assert.equal(checkDigit('400638133393'), '1', 'the example of the standard')
  for (const { name, barcode } of products) assertBarcode(name, barcode, 251, 251)
})

test('every description is two sentences', () => {
  for (const { name, description } of products) {
    assert.equal(description.match(/[.!?](?= [A-Z0-9]|$)/g)?.length, 2, name)
  }
})

test('some products are sold out, some nearly, most are there', () => {
  const soldOut = products.filter(({ stock }) => stock === 0).length
  const few = products.filter(({ stock }) => stock >= 1 && stock <= 4).length
  assert.equal(soldOut, 8)
  assert.ok(few >= 12 && few <= 18, `${few} with few left`)
  assert.ok(new Set(products.map(({ stock }) => stock)).size > 50)
})

test('wireless headphones can be found', () => {
  assert.ok(products.some(({ name }) => /wireless headphones/i.test(name)))
})

test('products came over eighteen months, up to November 2026', () => {
  const dates = products.map(({ created }) => created).sort()
  assert.ok((dates[0] ?? '') < '2025-06' && (dates.at(-1) ?? '').startsWith('2026-11'))
  assert.ok(new Set(dates.map((date) => date.slice(0, 7))).size >= 18)
  assert.ok(products.every(({ views, sales }) => sales > 0 && sales < views))
})

test('every picture is a small WebP file, and every file is used', () => {
  const files = readdirSync(new URL('art/', import.meta.url)).filter((file) => /webp$/.test(file))
  assert.deepEqual(files.sort(), products.map(({ art }) => art).sort())
  for (const { art } of products) {
    const bytes = demoArt(art)
    assert.equal(bytes.toString('latin1', 8, 12), 'WEBP', art)
    assert.ok(bytes.length < 11_000, `${art} has ${bytes.length} bytes`)
  }
})

test('only a picture of the catalogue is read', () => {
  assert.throws(() => demoArt('../demo.ts'), /No demo product has the picture/)
})

test('equal seeds make equal products, other seeds others', () => {
  assert.deepEqual([...manyProducts(500, 7)], [...manyProducts(500, 7)])
  assert.notDeepEqual([...manyProducts(500, 7)], [...manyProducts(500, 8)])
  assert.deepEqual(bulk(500, 7, 64), bulk(500, 7, 500), 'batches change nothing')
})

test('generated products come in batches and are fit for the database', () => {
  assert.deepEqual(
    [...manyProducts(2500, 1, 1000)].map((batch) => batch.length),
    [1000, 1000, 500],
  )
  assert.deepEqual([...manyProducts(0, 1)], [])
  const rows = bulk(20_000, 1, 1000)
  const known = new Map(categories.map(({ name, subcategories }) => [name, subcategories]))
  const barcodes = rows.flatMap(({ barcode }) => barcode || [])
  assert.equal(new Set(barcodes).size, barcodes.length)
  assert.ok(barcodes.length > 17_000 && barcodes.length < 19_000)
  assert.ok(new Set(rows.map(({ name }) => name)).size > 19_800)
  for (const row of rows) {
    if (row.barcode) assertBarcode(row.name, row.barcode, 260, 299)
    assert.match(row.price, /^[1-9]\d*\.(00|50|90)$/)
    assert.ok(
      row.subcategories.every((name) => known.get(row.category)?.includes(name)),
      row.name,
    )
    assert.ok(row.stock >= 0 && row.sales <= row.views && row.created < '2026-11-15')
  }
})

test('a search in the generated shop meets something for every word of the catalogue', () => {
  const names = bulk(20_000, 1, 1000).map(({ name }) => name)
  for (const { kind } of products)
    assert.ok(
      names.some((name) => name.includes(kind)),
      kind,
    )
})

function bulk(count: number, seed: number, batchSize: number): BulkProduct[] {
  return [...manyProducts(count, seed, batchSize)].flat()
}

function assertBarcode(name: string, barcode: string, from: number, to: number): void {
  assert.match(barcode, /^\d{13}$/, name)
  assert.equal(barcode.at(-1), checkDigit(barcode.slice(0, 12)), name)
  const range = Number(barcode.slice(0, 3))
  assert.ok(range >= from && range <= to, `${name}: ${barcode}`)
}
