import type pg from 'pg'
import { database } from '../../../shared/data/postgres.ts'
import { sql } from './shape.ts'

export type SeedReview = {
  id: string
  product_id: number
  user_id: string
  username: string
  rating: number
  title: string
  comment: string
  created_at: string
}

/** Inserts reviews of known products; one that an author has for a product already stays. */
export async function seedReviews(reviews: readonly SeedReview[]): Promise<void> {
  await sql`
    insert into author (user_id, username)
    select distinct user_id, username
    from json_to_recordset(${sql.json(reviews)}) as it (user_id uuid, username text)
    on conflict do nothing`
  await sql`
    insert into review
      (id, product_id, user_id, username, rating, title, comment, created_at, updated_at)
    select id, product_id, user_id, username, rating, title, comment, created_at, created_at
    from json_to_recordset(${sql.json(reviews)}) as it (id uuid, product_id int, user_id uuid,
      username text, rating smallint, title text, comment text, created_at timestamptz)
    on conflict do nothing`
}

/** Counts votes on reviews that are there, each once. */
export async function seedVotes(
  votes: readonly { review_id: string; user_id: string }[],
): Promise<void> {
  await sql`
    with vote as (
      insert into review_vote (review_id, user_id)
      select id, it.user_id
      from json_to_recordset(${sql.json(votes)}) as it (review_id uuid, user_id uuid)
      join review on id = it.review_id
      on conflict do nothing returning review_id
    )
    update review r set helpful_count = r.helpful_count + v.count
    from (select review_id, count(*) from vote group by review_id) v where r.id = v.review_id`
}

type Batch = { run: string; from: number; to: number; count: number; products: number }

const words = `array['sturdy','light','quiet','bright','heavy','warm','soft','sharp','plain','odd']`

/** Invented reviews, without aggregates and events; `seedRatings` must follow. */
export async function seedBatch({ run, from, to, count, products }: Batch): Promise<void> {
  await long(async (query) => {
    // Only inside this transaction; nobody else ever sees the table without its triggers.
    await query('alter table review disable trigger user')
    await query(
      `insert into known_product (product_id, version, name)
       select n, 0, 'Product ' || n from generate_series(1, $1::int) n on conflict do nothing`,
      [products],
    )
    await query(
      `insert into review
         (id, product_id, user_id, username, rating, title, comment, helpful_count, created_at, updated_at)
       select review_uuid(at), product, md5($1 || author)::uuid, 'reader-' || author,
         (array[5,5,5,4,4,5,4,3,2,1])[1 + abs(hashint8(i)) % 10],
         initcap((${words})[1 + i % 10]) || ' and ' || (${words})[1 + i / 10 % 10],
         'It is ' || (${words})[1 + i / 3 % 10] || ' and ' || (${words})[1 + i / 7 % 10]
           || ', which I had not thought of product ' || product || '. After ' || i % 90
           || ' days of use I would buy it again, and so would my neighbour.',
         case when i % 5 = 0 then abs(hashint8(i + 1)) % 50 else 0 end, at, at
       from (
         select i, i / 10 as author, now() - interval '730 days' * (($4::bigint - i)::float8 / $4) as at,
           case when i % 100 = 0 then 1 else 2 + i * 7919 % ($5::int - 1) end as product
         from generate_series($2::bigint, $3::bigint - 1) i
       ) n
       on conflict do nothing`,
      [run, from, to, count, products],
    )
    await query('alter table review enable trigger user')
  })
}

/** Counts all reviews into the aggregates, without events, and makes every stored answer old. */
export async function seedRatings(): Promise<void> {
  await long(async (query) => {
    await query('alter table rating disable trigger user')
    await query(
      `insert into rating as r (product_id, count, sum, stars1, stars2, stars3, stars4, stars5)
       select product_id, count(*), sum(rating),
         count(*) filter (where rating = 1), count(*) filter (where rating = 2),
         count(*) filter (where rating = 3), count(*) filter (where rating = 4),
         count(*) filter (where rating = 5)
       from review where hidden_at is null group by product_id
       on conflict (product_id) do update set
         count = excluded.count, sum = excluded.sum, stars1 = excluded.stars1,
         stars2 = excluded.stars2, stars3 = excluded.stars3, stars4 = excluded.stars4,
         stars5 = excluded.stars5, version = r.version + 1`,
    )
    await query('alter table rating enable trigger user')
    await query(`delete from souk_tag where tag <> ''`)
  })
  await long((query) => query('analyze review, rating, known_product'))
}

type Query = (text: string, values?: unknown[]) => Promise<unknown>

/** A transaction that may take longer than a request ever should. */
async function long(work: (query: Query) => Promise<unknown>): Promise<void> {
  const client = await database('review').pool().connect()
  const query: Query = (text, values = []) =>
    client.query({ text, values, query_timeout: 3_600_000 } as pg.QueryConfig)
  try {
    await query('begin')
    await query('set local statement_timeout = 0')
    await work(query)
    await query('commit')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}
