import assert from 'node:assert/strict'
import { test } from 'node:test'
import { person } from '../../shared/testing/tokens.ts'
import { isBarcode, matches, mayChange, slugOf } from './rules.ts'

test('a barcode has its check digit, in each length', () => {
  // The examples of GS1's General Specifications and of ISO 15420.
  for (const code of ['', '96385074', '036000291452', '4006381333931', '0000000000000'])
    assert.ok(isBarcode(code), code)
  for (const code of [
    '96385075',
    '36000291452',
    '4006381333913',
    '40063813339',
    'x',
    '４００６３８１３３３９３１',
  ])
    assert.ok(!isBarcode(code), code)
  for (let at = 0; at < 13; at++) {
    const digits = [...'4006381333931']
    digits[at] = String((Number(digits[at]) + 1) % 10)
    assert.ok(!isBarcode(digits.join('')), `digit ${at}`)
  }
})

test('a slug is plain, never empty and never long', () => {
  assert.equal(slugOf('Ａria  Wireless—Headphones!'), 'aria-wireless-headphones')
  assert.equal(slugOf('Þingvellir öl, 0.5 l'), 'thingvellir-ol-0-5-l')
  assert.equal(slugOf('Ελληνικός καφές'), 'ellinikos-kafes')
  assert.equal(slugOf('ĲSSEL ﬁne ½'), 'ijssel-fine-1-2')
  assert.equal(slugOf('☕'), 'product')
  assert.match(slugOf('long name '.repeat(20)), /^[a-z-]{100,120}$/)
})

test('who may change', () => {
  const owner = person('o', { isStaff: true })
  const product = { user_id: owner.id }
  assert.ok(mayChange(owner, product))
  assert.ok(!mayChange({ ...owner, isStaff: false }, product))
  assert.ok(!mayChange(person('p', { isStaff: true }), product))
  assert.ok(mayChange(person('q', { isSuperuser: true }), product))
})

test('If-Match compares strongly', () => {
  assert.ok(matches(undefined, '"1-1"'))
  assert.ok(matches('*', '"1-1"'))
  assert.ok(matches('"0", "1-1"', '"1-1"'))
  for (const tag of ['W/"1-1"', '"1-2"', '1-1', '', '"1-1']) assert.ok(!matches(tag, '"1-1"'), tag)
})
