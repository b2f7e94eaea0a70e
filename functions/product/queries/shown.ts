import { sql, transaction } from './shape.ts'

/** Products in one transaction: all who write to the catalogue wait for its end. */
const PORTION = 200

/** Whether the text of any product has to be put together. */
export async function isAnyMissing(): Promise<boolean> {
  return (await sql`select from product_shown where head is null limit 1`.run()) > 0
}

/** Puts the texts of some products together that are missing; how many came. */
export async function fillShown(): Promise<number> {
  return transaction(async () => {
    // Where writers stand in line; the next statement sees what those before have committed.
    await sql`select from souk_tag where tag = 'products' for update`
    return sql`
      with missing as (
        select array(
          select product_id from product_shown where head is null
          order by product_id limit ${PORTION} for update skip locked) as ids)
      update product_shown s set head = t.head, tail = t.tail, etag = t.etag
      from missing, product_texts(missing.ids) as t where s.product_id = t.product_id`.run()
  })
}
