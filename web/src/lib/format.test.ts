import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { en } from '../text/en.ts'
import { enMore } from '../text/en-more.ts'
import { pl } from '../text/pl.ts'
import { plMore } from '../text/pl-more.ts'
import { day, fromMinor, money, shortMoney, toMinor } from './format.ts'
import { speak, t } from './i18n.ts'

afterEach(() => speak('en', en))

test('money keeps every digit and is written as the language has it', () => {
  assert.equal(money('12.90'), '€12.90')
  assert.equal(money('9007199254740993.01'), '€9,007,199,254,740,993.01')
  assert.equal(shortMoney('1000.00'), '€1,000')
  speak('pl', pl)
  assert.equal(money('1234.50').replace(/\s/g, ' '), '1234,50 €')
})

test('sums are made of whole cents', () => {
  assert.equal(fromMinor(toMinor('0.10') + toMinor('0.20')), '0.30')
  assert.deepEqual(['0.05', '12.9', '7'].map(toMinor), [5, 1290, 700])
  assert.deepEqual([5, -5, 123456].map(fromMinor), ['0.05', '-0.05', '1234.56'])
})

test('plurals follow the language', () => {
  assert.deepEqual(
    [1, 2].map((n) => t('list.count', { n })),
    ['1 product', '2 products'],
  )
  speak('pl', pl)
  assert.deepEqual(
    [1, 2, 5, 22, 112].map((n) => t('list.count', { n })),
    ['1 produkt', '2 produkty', '5 produktów', '22 produkty', '112 produktów'],
  )
  assert.match(day('2026-11-22T10:00:00Z'), /22 listopada 2026/)
})

test('a translation keeps the places that are filled in', () => {
  const places = (text: unknown) =>
    [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort().join()
  for (const [from, to] of [
    [en, pl],
    [enMore, plMore],
  ] as const)
    for (const [key, text] of Object.entries(from))
      assert.equal(places(to[key as keyof typeof to]), places(text), key)
})
