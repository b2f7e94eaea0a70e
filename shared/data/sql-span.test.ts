import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { summaryOf } from './sql-span.ts'

const cases: Record<string, string> = {
  'select 1': 'select',
  begin: 'begin',
  'begin isolation level serializable': 'begin',
  'select name from product where id = $1': 'select product',
  'SELECT * FROM product JOIN category ON true': 'select product category',
  'insert into souk_inbox (event_id) values ($1) on conflict do nothing': 'insert souk_inbox',
  'insert into item (a) values ($1) on conflict (a) do update set b = $2': 'insert item',
  'update cart set at = now() where id in (select id from item)': 'update cart item',
  'select id from souk_outbox order by due_at limit 5 for update skip locked': 'select souk_outbox',
  'delete from cart where extract(epoch from now() - at) > $1': 'delete cart',
  'with fresh as (select id from product) select * from fresh join review on true':
    'with product review',
  'with recursive up as materialized (select 1 from category) select 1 from up': 'with category',
  "select 1 from product where name = 'from secret' and a is distinct from b": 'select product',
  'select * from unnest($1::int[]) as t(id) join product using (id)': 'select product',
  'select 1 from product -- from nothing': 'select product',
}

for (const [text, summary] of Object.entries(cases))
  test(text, () => assert.equal(summaryOf(text), summary))

test('a summary names what it is about and ends, however long the statement', () => {
  const tables = Array.from({ length: 90 }, (_it, at) => `from table_${at}`).join(' ')
  const summary = summaryOf(`select 1 ${tables}`)
  assert.ok(summary.startsWith('select table_0 table_1'))
  assert.ok(summary.length <= 120)
})

test('of our own statements every table is a table', () => {
  const root = join(import.meta.dirname, '../..')
  const sources = ['auth', 'product', 'cart', 'review'].flatMap((service) =>
    readdirSync(join(root, 'functions', service), { recursive: true, encoding: 'utf8' })
      .filter((it) => /quer[^/]*\.ts$|queries\//.test(it) && it.endsWith('.ts'))
      .map((it) => readFileSync(join(root, 'functions', service, it), 'utf8')),
  )
  const schema = [
    'shared/data/schema',
    ...['auth', 'product', 'cart', 'review'].map((it) => `functions/${it}/schema`),
  ]
    .flatMap((folder) => readdirSync(join(root, folder)).map((it) => join(root, folder, it)))
    .map((it) => readFileSync(it, 'utf8'))
    .join('\n')
  const known = new Set(
    [
      ...schema.matchAll(
        /create (?:unlogged )?(?:table|view|materialized view)(?: if not exists)? (\w+)/gi,
      ),
    ].map(([, it]) => it),
  )
  // Parts of statements may read what `with` names in another part.
  for (const source of sources)
    for (const [, it] of source.matchAll(/\b(\w+) as (?:materialized )?\(/g)) known.add(it)
  const statements = sources.flatMap((it) => [...it.matchAll(/sql(?:<[^`]*>)?`([^`$]*)`/g)])
  const strange = statements.flatMap(([, text = '']) =>
    summaryOf(text)
      .split(' ')
      .slice(1)
      .filter((it) => !known.has(it)),
  )
  assert.ok(statements.length > 20, `${statements.length}`)
  assert.deepEqual([...new Set(strange)], [])
})
