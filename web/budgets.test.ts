import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildStorefront } from './testing/world.ts'

type Chunk = { file: string; imports?: string[]; dynamicImports?: string[]; css?: string[] }

/** Gzipped bytes that a page's scripts, or all of a kind, may have. */
const KB = 1024
const limits = { page: 25 * KB, shopper: 60 * KB, staff: 40 * KB, css: 8 * KB }

let built: Awaited<ReturnType<typeof buildStorefront>>
before(async () => {
  built = await buildStorefront()
})
after(() => built.remove())

test('the storefront stays within its budgets', () => {
  const manifest: Record<string, Chunk> = JSON.parse(
    readFileSync(join(built.folder, 'manifest.json'), 'utf8'),
  )
  const closure = (key: string, found = new Set<string>()): Set<string> => {
    const chunk = manifest[key]
    if (!chunk || found.has(chunk.file)) return found
    found.add(chunk.file)
    for (const it of chunk.imports ?? []) closure(it, found)
    return found
  }
  const sizeOf = (files: Iterable<string>) => [...files].reduce((sum, it) => sum + gzipped(it), 0)
  const page = (name: string) => {
    const files = closure('index.html')
    return sizeOf(closure(`src/pages/${name}.ts`, files))
  }
  const all = readdirSync(join(built.folder, 'assets')).map((it) => `assets/${it}`)
  const scripts = all.filter((it) => it.endsWith('.js'))
  const rows: [string, number, number][] = [
    ['home', page('home'), limits.page],
    ['list', page('list'), limits.page],
    ['product', page('product'), limits.page],
    ['all of the shopper’s', sizeOf(scripts.filter((it) => !/staff/.test(it))), limits.shopper],
    ['staff', sizeOf(scripts.filter((it) => /staff/.test(it))), limits.staff],
    ['styles', sizeOf(all.filter((it) => /css$/.test(it) && !/staff/.test(it))), limits.css],
    ['styles of the staff', sizeOf(all.filter((it) => /staff.*css$/.test(it))), limits.css],
  ]
  for (const [name, bytes, limit] of rows)
    console.log(`${name.padEnd(22)} ${(bytes / KB).toFixed(1).padStart(6)} KB of ${limit / KB}`)
  assert.deepEqual(
    rows.filter(([, bytes, limit]) => bytes > limit || bytes === 0),
    [],
  )
})

function gzipped(file: string): number {
  try {
    return readFileSync(join(built.folder, `${file}.gz`)).length
  } catch {
    // Too small to be worth packing.
    return readFileSync(join(built.folder, file)).length
  }
}
