import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Filters, firstPage, listPath, listQueries, readFilters } from './filters.ts'
import { placeOf } from './place.ts'

const read = (path: string) => readFilters(placeOf(`http://shop.example${path}`))

test('an address holds every filter, and is read back as it was', () => {
  const filters: Filters = {
    category: 4,
    subcategories: [11, 12],
    search: 'tea & co',
    min: '5.00',
    max: '19.99',
    rating: 4,
    stock: true,
    sort: '-price',
    page: 3,
  }
  assert.deepEqual(read(listPath(filters, { page: 3 }, 'Kitchen')), filters)
})

test('another filter starts at the first page; what is usual is left out', () => {
  const filters = read('/products?page=5&sort=featured')
  assert.equal(listPath(filters, { stock: true }), '/products?stock=1')
  assert.equal(listPath(filters, { page: 1 }), '/products')
  assert.equal(read('/products?q=tea').sort, 'relevance')
})

test('what does not fit is as if it were not there', () => {
  const filters = read('/products?min=abc&max=-1&rating=99&page=-3&sort=evil&sub=0,x,7&stock=yes')
  assert.deepEqual(
    [filters.min, filters.max, filters.rating, filters.page, filters.sort, filters.stock],
    ['', '', 5, 1, 'featured', false],
  )
  assert.deepEqual(filters.subcategories, [7])
})

test('a page of the list is all pages up to it, up to eight', () => {
  const paths = listQueries(read('/products?page=3')).map((it) => it.path)
  assert.equal(paths.length, 3)
  assert.match(paths[0] ?? '', /facets=1&limit=24$/)
  assert.match(paths[2] ?? '', /limit=24&offset=48$/)
  assert.equal(listQueries(read('/products?page=20')).length, 8)
  assert.equal(firstPage(20), 13)
})
