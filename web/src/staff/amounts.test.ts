import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPrice, readStock } from './amounts.ts'

test('a price is read as people type it, to the cent', () => {
  const typed: Record<string, string | undefined> = {
    '12': '12.00',
    '12.9': '12.90',
    '12,90': '12.90',
    ' € 1 200,50 ': '1200.50',
    '0012.00': '12.00',
    '0': '0.00',
    '9999999999.99': '9999999999.99',
    '12345678901': undefined,
    '1.234': undefined,
    '1,2,3': undefined,
    '-1': undefined,
    '1e3': undefined,
    '': undefined,
  }
  for (const [text, price] of Object.entries(typed)) assert.equal(readPrice(text), price, text)
})

test('a stock is a whole number that can be stored', () => {
  const typed = { '0': 0, ' 1 000 ': 1000, '2147483647': 2147483647 }
  for (const [text, stock] of Object.entries(typed)) assert.equal(readStock(text), stock)
  for (const text of ['', '-1', '1.5', '2147483648', 'ten', '99999999999'])
    assert.equal(readStock(text), undefined, text)
})
