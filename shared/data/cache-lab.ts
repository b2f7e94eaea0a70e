import { fileURLToPath } from 'node:url'
import { testDatabase } from '../testing/database.ts'
import { startRedis } from '../testing/redis.ts'
import { until } from '../testing/until.ts'
import { openRedis, type RedisLink } from './redis.ts'
import { makeResponses } from './responses.ts'

const folders = [fileURLToPath(new URL('./schema/', import.meta.url))]

export const secret = 'a secret of this test'

export type CacheLab = Awaited<ReturnType<typeof openCacheLab>>

/** Items in a database whose triggers bump tags, a Redis, and processes that read through caches. */
export async function openCacheLab(service: string) {
  const [it, server] = await Promise.all([testDatabase(service, folders), startRedis()])
  const { db } = it
  const links: RedisLink[] = []
  await db.sql`create table item (id int primary key, value int not null)`
  await db.sql`create function item_changed() returns trigger language plpgsql as $$
    begin perform souk_touch(array['items', 'item:' || new.id]); return null; end $$`
  await db.sql`create trigger item_changed after insert or update on item
    for each row execute function item_changed()`
  await db.sql`insert into item select n, 0 from generate_series(1, 20) as n`

  return {
    db,
    server,
    instance,
    link,
    write: (id: number, value: number) =>
      db.sql`update item set value = ${value} where id = ${id}`.run(),
    close: async () => {
      for (const one of links) await one.close()
      await server.stop()
      await it.drop()
    },
  }

  async function link(url = server.url, cluster = process.env.REDIS_CLUSTER === 'true') {
    const one = openRedis({ url, cluster })
    links.push(one)
    await until(() => one.isUp())
    return one
  }

  /** One process as the cache sees it: its own memory, the same database, maybe the same Redis. */
  async function instance(withRedis = false) {
    const redis = withRedis ? await link() : undefined
    const cache = makeResponses({ db, redis, secret })
    let fills = 0
    const fill = async (id: number) => {
      fills++
      const body =
        await db.sql`select json_build_object('value', value) from item where id = ${id}`.text()
      return { status: 200, headers: { 'content-type': 'application/json' }, body: body ?? '' }
    }
    return {
      cache,
      fills: () => fills,
      read: async (id: number, wrap = (work: () => ReturnType<typeof fill>) => work()) => {
        const key = `/items/${id}`
        const stored =
          (await cache.peek(key)) ??
          (await cache.through(key, [`item:${id}`], 60, () => wrap(() => fill(id))))
        return JSON.parse(stored.body.toString()).value as number
      },
    }
  }
}
