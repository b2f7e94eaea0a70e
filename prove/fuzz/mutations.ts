import fc from 'fast-check'
import { isObject } from '../../shared/derive/document.ts'

/** Values that fit few schemas, and that have made others fail. */
const hostile: unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 31,
  2 ** 63,
  -(2 ** 63),
  1e308,
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '1',
  'NaN',
  '-0',
  '1e400',
  '9'.repeat(1000),
  'x'.repeat(20_000),
  '👍'.repeat(6_000),
  [],
  [null],
  {},
  { $ne: 1 },
  [[1]],
  { length: 1e9 },
]

const strangeKeys = [
  'user_id',
  'is_staff',
  'is_superuser',
  'id',
  'price',
  'popularity',
  'constructor',
  'prototype',
  'toString',
  'x'.repeat(300),
  '',
  '\0',
]

/** A body as text: JSON that one thing is wrong with, or no JSON at all. */
export function spoiltBody(good: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.oneof(
    { arbitrary: fc.tuple(good, fc.nat(), fc.constantFrom(...hostile)).map(replaced), weight: 5 },
    { arbitrary: fc.tuple(good, fc.nat()).map(without), weight: 1 },
    {
      arbitrary: fc
        .tuple(good, fc.constantFrom(...strangeKeys), fc.constantFrom(...hostile))
        .map(([value, key, extra]) =>
          JSON.stringify(isObject(value) ? { ...value, [key]: extra } : extra),
        ),
      weight: 2,
    },
    {
      arbitrary: fc.tuple(good, fc.constantFrom(...texts)).map(([it, change]) => change(it)),
      weight: 2,
    },
    { arbitrary: fc.jsonValue().map((it) => JSON.stringify(it)), weight: 1 },
  )
}

function replaced([value, place, by]: [unknown, number, unknown]): string {
  if (!isObject(value)) return JSON.stringify(by)
  const keys = Object.keys(value)
  const key = keys[place % Math.max(1, keys.length)] ?? 'x'
  const inner = value[key]
  const isDeeper = place % 3 === 0 && Array.isArray(inner) && inner.length > 0
  return JSON.stringify({ ...value, [key]: isDeeper ? [...inner.slice(1), by] : by })
}

function without([value, place]: [unknown, number]): string {
  if (!isObject(value)) return '{}'
  const keys = Object.keys(value)
  const { [keys[place % Math.max(1, keys.length)] ?? '']: _gone, ...rest } = value
  return JSON.stringify(rest)
}

/** What is wrong with the text rather than with the value. */
const texts: ((value: unknown) => string)[] = [
  (value) => JSON.stringify(value).slice(0, -1),
  (value) => `${JSON.stringify(value)}x`,
  (value) => `${JSON.stringify(value)}${JSON.stringify(value)}`,
  (value) => `\ufeff${JSON.stringify(value)}`,
  (value) => JSON.stringify(value).replace('{', '{"__proto__":{"polluted":true},'),
  (value) => JSON.stringify(value).replace('{', '{"constructor":{"prototype":{"polluted":true}},'),
  (value) => JSON.stringify(value).replaceAll('"', "'"),
  (value) => JSON.stringify(value).replace(/\d+/, '1e400'),
  (value) => JSON.stringify(value).replace(/\d+/, `1${'0'.repeat(5000)}`),
  (value) => JSON.stringify(value).replace(/\d+/, '01'),
  () => `${'['.repeat(50)}${']'.repeat(50)}`,
  () => `${'{"a":'.repeat(40)}null${'}'.repeat(40)}`,
  () => 'null',
  () => '[]',
  () => '"text"',
  () => 'NaN',
  () => '{',
  () => ' ',
]

/** Path parameters that neither a whole number nor a UUID looks like; one is an encoded NUL. */
export const strangeIds = [
  '0',
  '-1',
  '2147483648',
  '9223372036854775808',
  '99999999999999999999999',
  '1.5',
  '1e3',
  '01',
  '%D9%A1',
  'null',
  'undefined',
  '%00',
  '%20',
  "1'--",
  '00000000-0000-0000-0000-00000000000g',
  'x'.repeat(1000),
  '%E0%A4%A',
  '1%2F2',
]

export const strangeTexts = [
  '',
  ' ',
  '-1',
  '0x10',
  '1e3',
  '1.5',
  'NaN',
  '99999999999',
  '\0',
  "'",
  '💣'.repeat(300),
  'x'.repeat(2500),
  '-price;drop table product',
  '1,,2',
  ',',
  'null',
  '[]',
]
