import pg from 'pg'
import { openGrounds } from '../growth/grounds.ts'
import { get, post, type Requests } from '../lab/drive.ts'
import { growth } from '../lab/growth.ts'
import type { Table } from '../lab/report.ts'
import type { BenchShop } from '../lab/shop.ts'

const SMALL = 100
const LARGE = 100_000
/** Tokens of each size; so many carts take part. */
const SESSIONS = 2000

/** Showing and filling one cart of ten lines, of a hundred thousand and of a hundred. */
export async function growthCarts(shop: BenchShop): Promise<Table> {
  const grounds = await openGrounds({ isWarm: true })
  const products = await shop.service('product')
  const served = [products]
  try {
    const open = async (size: number): Promise<Side> => {
      const url = await grounds.url('cart', size)
      await remember(shop.url('product'), url)
      const it = await shop.service('cart', {
        DATABASE_URL_CART: url,
        SERVICE_PRODUCT_URL: `http://127.0.0.1:${products.port}`,
      })
      served.push(it)
      return { port: it.port, users: users(shop, size) }
    }
    const [small, large] = [await open(SMALL), await open(LARGE)]
    const both = (name: string, requests: (user: User) => Buffer) => ({
      name,
      most: 1.3,
      small: { port: small.port, requests: ask(small, requests) },
      large: { port: large.port, requests: ask(large, requests) },
    })
    return await growth({
      name: 'growth-carts',
      title: 'A hundred carts, a hundred thousand carts',
      sizes: ['100', '100,000'],
      kinds: [both('show', ({ show }) => show), both('add', ({ add }) => add)],
      notes: [
        'Ten lines each. Both ask the same product service for names, prices and stock, and verify 2,000 different tokens.',
      ],
    })
  } finally {
    for (const it of served.toReversed()) await it.stop()
    await grounds.stop()
  }
}

/**
 * Lets carts know all products as they are. Else the first look at each cart brings them up to date, which
 * a hundred have soon behind them, and a hundred thousand never.
 */
async function remember(products: string, carts: string): Promise<void> {
  const [from, to] = [new pg.Client(products), new pg.Client(carts)]
  await Promise.all([from.connect(), to.connect()])
  const { rows } = await from.query<{ all: string }>(`
    select json_agg(json_build_object('id', id, 'version', version, 'name', name, 'price', price,
      'image', '/api/v1/media/' || image, 'stock_count', stock_count))::text as all from product`)
  await to.query(
    `insert into product as known (id, version, name, price, image, stock_count)
     select * from json_to_recordset($1::json)
       as p (id int, version bigint, name text, price numeric, image text, stock_count int)
     on conflict (id) do update
       set version = excluded.version, name = excluded.name, price = excluded.price,
         image = excluded.image, stock_count = excluded.stock_count, is_gone = false,
         checked_at = now()`,
    [rows[0]?.all],
  )
  await to.query('vacuum (analyze) product')
  await Promise.all([from.end(), to.end()])
}

type User = { show: Buffer; add: Buffer }
type Side = { port: number; users: User[] }

/** Spread over all carts; an add is always for the same product of a cart, so that it grows by one line. */
function users(shop: BenchShop, carts: number): User[] {
  return Array.from({ length: SESSIONS }, (_, at) => {
    const cart = 1 + ((at * 7919) % carts)
    const authorization = `Bearer ${shop.token(`shopper-${cart}`)}`
    const show = get('/api/v1/cart/').toString().replace(/\r\n$/, '')
    return {
      show: Buffer.from(`${show}authorization: ${authorization}\r\n\r\n`),
      add: post(
        '/api/v1/cart/add/',
        { product_id: 1 + (cart % 50), quantity: 1 },
        { authorization },
      ),
    }
  })
}

function ask({ users }: Side, requests: (user: User) => Buffer): Requests {
  return (n) => requests(users[n % SESSIONS] as User)
}
