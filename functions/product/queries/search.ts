import { sql } from './shape.ts'

/** What a customer typed, as PostgreSQL's query; null when it holds no word. */
export async function readSearch(typed: string): Promise<string | null> {
  return (await sql`select search_query(${typed})`.text()) ?? null
}

/** Forgets words that no product has any more; how many. */
export async function sweepWords(): Promise<number> {
  let gone = 0
  let last: string | undefined = ''
  // In portions, each far below a statement's time limit.
  while (last !== undefined) {
    const portion: { last: string | null; gone: number } | undefined = await sql<{
      last: string | null
      gone: number
    }>`
      with portion as materialized (
        select word, stem from product_word where word > ${last} order by word limit 500
      ), unused as (
        delete from product_word w using portion
        where w.word = portion.word and not exists (
          select from product p where p.document @@ quote_literal(portion.stem)::tsquery)
        returning w.word)
      select (select max(word) from portion) as last, (select count(*) from unused) as gone`.one()
    last = portion?.last ?? undefined
    gone += portion?.gone ?? 0
  }
  return gone
}
