import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAst } from 'vite'
import { services } from '../../functions/catalog.ts'
import { openapi } from '../derive/openapi.ts'
import { isForTests, sources } from './sources.ts'

/**
 * No pattern that meets what clients send may take more than linear time. Each is tried on strings
 * made of its own parts, repeated: what backtracks over them all shows by its time.
 */

/** Run by developers, on the builder's machine, or in the reader's own browser. */
const NOT_SERVING =
  /^(bench|prove|web|functions\/(kit|dev|testing|\w+\/demo)|shared\/(checks|derive|testing))\/|\/lab\/|vectors|-command\.ts$|setup\.mjs$/

/** Patterns that may take longer, and why nobody can make them. */
const BOUNDED: Record<string, string> = {
  '=+$': 'the end of a base64 text that we have just made',
  '[013457$@!](?=.*[a-z])': 'passwords, at most 128 characters long',
  '\\/+$': 'addresses of the settings',
  '<link rel="stylesheet"[^>]*>': 'the built page of the storefront',
  '<html[^>]*>': 'the built page of the storefront',
}

const LONG = 100_000
const SHORT = 8000
/** Of processor time that no other process disturbs, ms: linear patterns take a tenth. */
const LIMIT = { [LONG]: 50, [SHORT]: 12 }

type Pattern = { pattern: RegExp; places: Set<string> }

const found = new Map<string, Pattern>()
function add(source: string, flags: string, place: string): void {
  const key = `/${source}/${flags}`
  const known = found.get(key) ?? { pattern: new RegExp(source, flags), places: new Set() }
  known.places.add(place)
  found.set(key, known)
}

for (const { path, text } of sources())
  if (!isForTests(path) && !NOT_SERVING.test(path))
    walk(parseAst(text, { lang: 'ts' }), (node) => {
      const regex = node.regex as { pattern: string; flags: string } | undefined
      if (node.type === 'Literal' && regex) add(regex.pattern, regex.flags, path)
    })
for (const service of services)
  walk(openapi(service), ({ pattern }) => {
    if (typeof pattern === 'string') add(pattern, 'u', `fields of ${service.name}`)
  })

function walk(value: unknown, take: (node: Record<string, unknown>) => void): void {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) take(value as Record<string, unknown>)
  for (const it of Object.values(value)) walk(it, take)
}

test('patterns that meet the outside take linear time', (t) => {
  assert.ok(found.size > 100, `only ${found.size} patterns were found`)
  const slow: string[] = []
  for (const [key, { pattern, places }] of found) {
    if (Object.hasOwn(BOUNDED, pattern.source)) continue
    const evil = evilFor(pattern)
    if (evil) slow.push(`${key} on ${evil} in ${[...places].join(', ')}`)
  }
  t.diagnostic(`${found.size} patterns`)
  assert.deepEqual(slow, [])
})

test('what is excused is there', () => {
  const sources = new Set([...found.values()].map((it) => it.pattern.source))
  const gone = Object.keys(BOUNDED).filter((it) => !sources.has(it))
  assert.deepEqual(gone, [])
})

test('a pattern that backtracks would be seen', () => {
  for (const bad of [/^(a+)+$/, /[^@]+@/]) assert.notEqual(evilFor(bad), undefined, String(bad))
})

/** What it takes too long over. */
function evilFor(pattern: RegExp): string | undefined {
  const letters = [
    ...new Set(['a', '0', ' ', '-', ...pattern.source.replace(/[\\[\](){}|^$?+*]/g, '')]),
  ]
  const words = pattern.source.match(/[A-Za-z]{3,}/g) ?? []
  const singles = [...letters, '\n', '\t', '"', '@', '.', '/', ...words]
  const pairs = singles.flatMap((a) => letters.slice(0, 16).map((b) => a + b))
  const starts = ['', ...words.slice(0, 3)]
  for (const [size, pumps] of [
    // An exponential one must not hang the test.
    [24, singles],
    [SHORT, [...singles, ...pairs]],
    [LONG, [...singles, ...words.flatMap((word) => letters.slice(0, 8).map((it) => word + it))]],
  ] as const)
    for (const pump of pumps)
      for (const start of size === LONG ? [''] : starts) {
        const text = `${start}${pump.repeat(size / pump.length)}\u0000`
        const limit = size === LONG ? LIMIT[LONG] : LIMIT[SHORT]
        if (takes(pattern, text) > (limit ?? 0))
          return `${size} characters of ${JSON.stringify(start)} ${JSON.stringify(pump)}`
      }
  return undefined
}

/** Least of a few times, ms: other processes only add. */
function takes(pattern: RegExp, text: string): number {
  let least = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 4 && least > 5; tries++) {
    const began = performance.now()
    text.replace(pattern, '')
    least = Math.min(least, performance.now() - began)
  }
  return least
}
