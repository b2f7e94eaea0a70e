import { named, sql } from './shape.ts'

type Page = { results: string; count: number }

/** One page of categories by id, as JSON text, and how many there are. */
export async function listCategories(limit: number, offset: number): Promise<Page> {
  const page = await sql<Page>`
    select (select count(*) from category) as count, (
      select ${named} from (
        select id, name from category order by id limit ${limit} offset ${offset}) as it)::text
      as results`.one()
  return page ?? { results: '[]', count: 0 }
}

export async function findCategory(id: number): Promise<string | undefined> {
  return sql`select row_to_json(c) from (select id, name from category where id = ${id}) as c`.text()
}

export async function findCategoryTree(id: number): Promise<string | undefined> {
  return sql`
    select row_to_json(t) from (
      select id, name, (select ${named} from subcategory it where category_id = c.id) as subcategories
      from category c where id = ${id}) as t`.text()
}

/** The new category; undefined when the name is taken. */
export async function insertCategory(name: string): Promise<string | undefined> {
  return sql`
    insert into category (name) values (${name}) on conflict do nothing
    returning json_build_object('id', id, 'name', name)`.text()
}

/** The category under its new name; undefined when there is none. Violates `category_name`. */
export async function renameCategory(id: number, name: string): Promise<string | undefined> {
  return sql`
    update category set name = ${name} where id = ${id}
    returning json_build_object('id', id, 'name', name)`.text()
}

/** Whether there was one. Violates foreign keys while it holds products. */
export async function deleteCategory(id: number): Promise<boolean> {
  return (await sql`delete from category where id = ${id}`.run()) > 0
}

/** The new subcategory; undefined when the name is taken there. Violates a foreign key without parent. */
export async function insertSubcategory(
  categoryId: number,
  name: string,
): Promise<string | undefined> {
  return sql`
    insert into subcategory (category_id, name) values (${categoryId}, ${name})
    on conflict do nothing returning json_build_object('id', id, 'name', name)`.text()
}

export async function renameSubcategory(id: number, name: string): Promise<string | undefined> {
  return sql`
    update subcategory set name = ${name} where id = ${id}
    returning json_build_object('id', id, 'name', name)`.text()
}

export async function deleteSubcategory(id: number): Promise<boolean> {
  return (await sql`delete from subcategory where id = ${id}`.run()) > 0
}
