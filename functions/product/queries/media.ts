import { sql } from './shape.ts'

export type Rendition = { name: string; type: string; bytes: Buffer }

/** Keeps the renditions of a picture; one that is there already counts as new again. */
export async function keepPicture(hash: string, renditions: readonly Rendition[]): Promise<void> {
  // Taken or refreshed before anything refers to it: the sweep leaves it alone from here on.
  await sql`
    insert into picture (hash) values (${hash})
    on conflict (hash) do update set created_at = now()`
  await sql`
    insert into media (name, picture, type, bytes)
    select name, ${hash}, type, bytes
    from unnest(${renditions.map(({ name }) => name)}::text[],
      ${renditions.map(({ type }) => type)}::text[],
      ${renditions.map(({ bytes }) => bytes)}::bytea[]) as r (name, type, bytes)
    on conflict do nothing`
}

export async function findMedia(
  name: string,
): Promise<{ type: string; bytes: Buffer } | undefined> {
  return sql<{ type: string; bytes: Buffer }>`
    select type, bytes from media where name = ${name}`.one()
}

/** Deletes pictures that no product has shown for a day; how many. */
export async function sweepPictures(): Promise<number> {
  return sql`
    delete from picture where created_at < now() - interval '1 day'
      and not exists (select from product where product.picture = picture.hash)`.run()
}
