import { sql } from './shape.ts'

/**
 * Which of these categories exist, and the category of each of these subcategories that exists. They
 * cannot be deleted until the transaction ends.
 */
export async function holdCategories(
  categories: readonly number[],
  subcategories: readonly number[],
): Promise<{ known: Set<number>; parents: Map<number, number> }> {
  const found = categories.length
    ? await sql<{ id: number }>`
        select id from category where id = any (${categories}::int[]) order by id for key share`
    : []
  const within = subcategories.length
    ? await sql<{ id: number; category_id: number }>`
        select id, category_id from subcategory
        where id = any (${subcategories}::int[]) order by id for key share`
    : []
  return {
    known: new Set(found.map(({ id }) => id)),
    parents: new Map(within.map(({ id, category_id }) => [id, category_id])),
  }
}

/** Makes a product's categories these; subcategories of others go with them. */
export async function setCategories(id: number, categories: readonly number[]): Promise<void> {
  await sql`
    delete from product_category
    where product_id = ${id} and category_id <> all (${categories}::int[])`
  await sql`
    insert into product_category (product_id, category_id)
    select ${id}, unnest(${categories}::int[]) on conflict do nothing`
}

export async function setSubcategories(
  id: number,
  subcategories: readonly number[],
): Promise<void> {
  await sql`
    delete from product_subcategory
    where product_id = ${id} and subcategory_id <> all (${subcategories}::int[])`
  await sql`
    insert into product_subcategory (product_id, subcategory_id, category_id)
    select ${id}, id, category_id from subcategory where id = any (${subcategories}::int[])
    on conflict do nothing`
}
