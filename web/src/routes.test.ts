import assert from 'node:assert/strict'
import { test } from 'node:test'
import { categoryId, categoryPath, matchRoute, productPath } from './routes.ts'

test('addresses lead to their pages', () => {
  const expected: [string, string, Record<string, string>][] = [
    ['/', 'home', {}],
    ['/products', 'list', {}],
    ['/products/', 'list', {}],
    ['/category/4-kitchen', 'category', { category: '4-kitchen' }],
    ['/product/cr%C3%A8me', 'product', { slug: 'crème' }],
    ['/product/by-id/12', 'productById', { id: '12' }],
    ['/account/sessions', 'accountSection', { section: 'sessions' }],
    ['/staff/products/12', 'staffItem', { section: 'products', id: '12' }],
  ]
  for (const [path, name, params] of expected) assert.deepEqual(matchRoute(path), { name, params })
})

test('what the shop does not have is not found', () => {
  for (const path of [
    '/nope',
    '/product',
    '/product/a/b',
    '/product/by-id/x',
    '/category/kitchen',
    '/account/money',
  ])
    assert.equal(matchRoute(path).name, 'notFound', path)
})

test('a broken escape in an address does no harm', () => {
  assert.deepEqual(matchRoute('/product/%E0%A4%A'), {
    name: 'product',
    params: { slug: '%E0%A4%A' },
  })
})

test('addresses are made so that they can be read back', () => {
  const path = categoryPath({ id: 12, name: 'Crème & thé' })
  assert.equal(path, '/category/12-creme-the')
  assert.equal(categoryId(matchRoute(path).params.category), 12)
  assert.deepEqual(matchRoute(productPath({ slug: 'a/b' })).params, { slug: 'a/b' })
  assert.equal(categoryId('012-x'), undefined)
})
