import pg from 'pg'
import { seedMany as seedProducts } from '../../functions/product/seed.ts'
import { seedMany as seedReviews } from '../../functions/review/seed.ts'
import { useDatabase } from '../../shared/data/postgres.ts'

/** As many are made as `npm run seed` makes them; the others are these, mixed. */
const MODELS = 10_000
const BATCH = 50_000
/** Lines in each cart. */
const LINES = 10

/**
 * Adds products until there are `size`: of the generator that loads use, and from 10,000 on mixtures of their names, prices and ages,
 * in batches of one INSERT each. Without triggers: what they keep is counted once, at the end.
 */
export async function fillProducts(url: string, size: number): Promise<void> {
  const db = await useDatabase('product', url)
  const row = await db.sql<{ n: number }>`select count(*)::int as n from product`.one()
  const there = row?.n ?? 0
  if (there < MODELS) await seedProducts(Math.min(size, MODELS) - there)
  await db.close()
  const tables = ['product', 'product_count', 'product_category', 'product_subcategory']
  await bulk(url, [...tables, 'product_shown'], {
    rows: async (run) => {
      for (let from = Math.max(MODELS, there); from < size; from += BATCH)
        await run(mixed, [from, Math.min(size, from + BATCH) - 1, MODELS])
      // Ratings as the review service would tell them: half have none, the others are mostly good.
      await run(`
        update product set rank = round((1 + 4 * sqrt(random()))::numeric, 1),
          rating_count = 1 + (random() ^ 4 * 500)::int
        where id % 2 = 0 and rating_count = 0`)
      for (let from = 0; from < size; from += BATCH) await run(texts, [from + 1, from + BATCH])
    },
    after: totals,
  })
}

/** Products of ids `$1 + 1` to `$2 + 1`, made of the first `$3`, with their counters and links. */
const mixed = `
  with made as (
    insert into product (id, name, slug, description, price, stock_count, rank, rating_count, user_id,
      created_at, updated_at)
    overriding system value
    select n + 1, t.name,
      btrim(regexp_replace(lower(t.name), '[^a-z0-9]+', '-', 'g'), '-') || '-' || n,
      m.description, greatest(1, round(m.price * (0.8 + random()::numeric * 0.4)) - 0.10),
      m.stock_count, 0, 0, m.user_id, t.at, t.at
    from generate_series($1::int, $2::int) n
    join product m on m.id = 1 + n % $3::int
    join product line on line.id = 1 + (n * 7919::bigint + n / $3::int) % $3::int,
    lateral (select split_part(line.name, ' ', 1) || ' ' || (100 + 10 * (n / 7 % 90))
        || regexp_replace(m.name, '^\\S+ \\S+', '') as name,
      m.created_at - random() * interval '30 days' as at) t
    returning id, price
  ), counted as (
    insert into product_count (product_id, popularity, sales_count)
    select id, v.views, v.views * (0.01 + random() * 0.05)
    from made, lateral (select (random() ^ 4 * 20000)::bigint as views where made.id > 0) v
  ), linked as (
    insert into product_category (product_id, category_id, price)
    select made.id, l.category_id, made.price
    from made join product_category l on l.product_id = 1 + (made.id - 1) % $3::int
  )
  insert into product_subcategory (product_id, subcategory_id, category_id, price)
  select made.id, l.subcategory_id, l.category_id, made.price
  from made join product_subcategory l on l.product_id = 1 + (made.id - 1) % $3::int`

/** What products of these ids show. */
const texts = `
  insert into product_shown as s (product_id, head, tail, etag)
  select * from product_texts(array(select id from product where id between $1::int and $2::int))
  on conflict (product_id) do update set head = excluded.head, tail = excluded.tail, etag = excluded.etag
  where (s.head, s.tail, s.etag) is distinct from (excluded.head, excluded.tail, excluded.etag)`

const totals = `
  select setval(pg_get_serial_sequence('product', 'id'), max(id)) from product;
  truncate product_total;
  insert into product_total (kind, id, count)
  select 'all', 0, count(*) from product
  union all select 'band', product_band(price), count(*) from product group by 2
  union all select 'category', category_id, count(*) from product_category group by 2
  union all select 'subcategory', subcategory_id, count(*) from product_subcategory group by 2`

/** Adds so many reviews as `npm run seed` makes them, one in a hundred of the first product. */
export async function fillReviews(url: string, size: number): Promise<void> {
  await bulk(url, ['review'], {
    rows: async () => {
      const db = await useDatabase('review', url)
      await seedReviews(size)
      await db.close()
    },
  })
}

/** Adds carts of ten lines each until there are `size`, of the users `person('shopper-<n>')`, n from 1. */
export async function fillCarts(url: string, size: number): Promise<void> {
  await bulk(url, ['cart_line'], {
    rows: async (run) => {
      await run(`
        insert into product (id, version, name, price, stock_count)
        select n, 1, 'Product ' || n, 1 + n % 100, 1000000 from generate_series(1, 10000) n
        on conflict do nothing`)
      await run(
        `insert into cart (user_id, version, line_count)
         select overlay(overlay(hex placing '7' from 13) placing '8' from 17)::uuid, 1, ${LINES}
         from generate_series((select count(*) from cart) + 1, $1::int) n,
           lateral (select left(encode(sha256(('shopper-' || n)::bytea), 'hex'), 32) as hex) h`,
        [size],
      )
      await run(`
        insert into cart_line (cart_id, product_id, quantity, added_price)
        select c.id, 1 + (c.at * 13 + n * 997) % 10000, 1 + n % 3, 1 + (1 + (c.at * 13 + n * 997) % 10000) % 100
        from (select id, row_number() over () as at from cart) c, generate_series(1, ${LINES}) n
        where not exists (select from cart_line l where l.cart_id = c.id)`)
    },
  })
}

type Run = (text: string, values?: unknown[]) => Promise<unknown>

/**
 * Rows without triggers, and without those indexes that can be made anew, just as they were, at the
 * end: one sort of all rows instead of a walk for each.
 */
async function bulk(
  url: string,
  tables: readonly string[],
  work: { rows: (run: Run) => Promise<void>; after?: string },
): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  const run: Run = (text, values) => client.query(text, values)
  await run(`set session_replication_role = replica; set synchronous_commit = off`)
  const { rows } = await client.query<{ name: string; indexdef: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as indexdef
     from pg_index i where i.indrelid = any ($1::regclass[])
       and not exists (select from pg_constraint where conindid = i.indexrelid)`,
    [tables],
  )
  for (const { name } of rows) await run(`drop index ${name}`)
  await work.rows(run)
  for (const { indexdef } of rows) await run(indexdef)
  if (work.after) await run(work.after)
  await client.end()
}
