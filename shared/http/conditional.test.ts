import assert from 'node:assert/strict'
import { test } from 'node:test'
import { etagMatches, etagOf } from './conditional.ts'

// RFC 9110, 8.8.3.2 and 13.1: [value of the header, current tag, weak, strong]
const table: [string, string, boolean, boolean][] = [
  ['"a"', '"a"', true, true],
  ['"a"', '"b"', false, false],
  ['W/"a"', '"a"', true, false],
  ['"a"', 'W/"a"', true, false],
  ['W/"a"', 'W/"a"', true, false],
  ['*', '"a"', true, true],
  [' * ', '"a"', true, true],
  ['"x", "a"', '"a"', true, true],
  ['"x",W/"a","y"', '"a"', true, false],
  ['"x, a", "y"', '"a"', false, false],
  ['a', '"a"', false, false],
  ['', '"a"', false, false],
]

test('entity tags compare as the standard says', () => {
  for (const [value, etag, weak, strong] of table) {
    assert.equal(etagMatches(value, etag, 'weak'), weak, `${value} weakly with ${etag}`)
    assert.equal(etagMatches(value, etag, 'strong'), strong, `${value} strongly with ${etag}`)
  }
})

test('the tag of bytes is quoted and differs with them', () => {
  assert.match(etagOf('x'), /^"[\w-]{20,}"$/)
  assert.notEqual(etagOf('x'), etagOf('y'))
  assert.equal(etagOf('x'), etagOf(Buffer.from('x')))
})
