import { database } from '../../shared/data/postgres.ts'
import type { Owner } from './owner.ts'
import type { Known, Line, StoredCart } from './rules.ts'

const { sql } = database('cart')

/** Younger than this, what is known of a product need not be written again. */
const FRESH = '20 seconds'

type KnownRow = {
  product_id: number
  product_version: number
  name: string
  price: string
  image: string | null
  stock_count: number
  is_gone: boolean
  is_fresh: boolean
}

type CartRow = {
  id: string
  user_id: string | null
  version: number
  updated_at: string
  line_id: string | null
  quantity: number
  added_price: string
} & KnownRow

/** The owner's cart with its lines, the oldest first; without an id when there is none. */
export async function readCart(owner: Owner): Promise<StoredCart> {
  const rows = await sql<CartRow>`
    select c.id, c.user_id, c.version, c.updated_at,
           l.id as line_id, l.quantity, l.added_price,
           p.id as product_id, p.version as product_version, p.name, p.price, p.image,
           p.stock_count, p.is_gone,
           p.checked_at > now() - ${FRESH}::interval as is_fresh
      from cart c
      left join (cart_line l join product p on p.id = l.product_id) on l.cart_id = c.id
     where ${belongsTo(owner)}
     order by l.id`
  const [first] = rows
  return {
    id: first?.id ?? null,
    userId: owner.userId ?? null,
    version: first?.version ?? 0,
    updatedAt: first?.updated_at ?? null,
    lines: rows.flatMap((row) => (row.line_id === null ? [] : [lineOf(row, row.line_id)])),
  }
}

/** Takes the cart for the rest of the transaction: nobody else changes its lines meanwhile. */
export async function lockCart(owner: Owner): Promise<Pick<StoredCart, 'id' | 'version'>> {
  const row = await sql<{ id: string; version: number }>`
    select c.id, c.version from cart c where ${belongsTo(owner)} for no key update`.one()
  return row ?? { id: null, version: 0 }
}

/** What is known of a product; undefined unless that was learnt within `seconds`. */
export async function readProduct(id: number, seconds: number): Promise<Known | undefined> {
  const row = await sql<KnownRow>`
    select id as product_id, version as product_version, name, price, image, stock_count, is_gone,
           checked_at > now() - ${FRESH}::interval as is_fresh
      from product
     where id = ${id} and checked_at > now() - make_interval(secs => ${seconds})`.one()
  return row && knownOf(row)
}

/**
 * Adds to the line, in one statement, making cart and line where there are none. The cart is locked
 * before the line is looked at. `cartId` is null when a guest's cart has ended meanwhile, `lineId`
 * when the sum would be over `most`.
 */
export async function addLine(
  owner: Owner,
  line: { productId: number; quantity: number; price: string; most: number },
): Promise<{ cartId: string | null; lineId: string | null }> {
  const row = await sql<{ cart_id: string | null; line_id: string | null }>`
    with mine as (${ensureCart(owner)}),
    put as (
      insert into cart_line (cart_id, product_id, quantity, added_price)
      select id, ${line.productId}, ${line.quantity}, ${line.price} from mine
      on conflict (cart_id, product_id) do update
        set quantity = cart_line.quantity + excluded.quantity, added_price = excluded.added_price
        where cart_line.quantity + excluded.quantity <= ${line.most}
      returning id
    )
    select (select id from mine) as cart_id, (select id from put) as line_id`.one()
  return { cartId: row?.cart_id ?? null, lineId: row?.line_id ?? null }
}

/** Sets the quantity of a line that is there; whether it is. */
export async function setLine(
  owner: Owner,
  line: { productId: number; quantity: number; price: string },
): Promise<boolean> {
  const found = await sql`
    with mine as (select c.id from cart c where ${belongsTo(owner)} for no key update)
    update cart_line set quantity = ${line.quantity}, added_price = ${line.price}
      from mine
     where cart_id = mine.id and product_id = ${line.productId}`.run()
  return found > 0
}

/** Removes one line, or all without a product; how many there were. */
export async function removeLines(owner: Owner, productId?: number): Promise<number> {
  return sql`
    with mine as (select c.id from cart c where ${belongsTo(owner)} for no key update)
    delete from cart_line using mine
     where cart_id = mine.id and product_id = coalesce(${productId ?? null}, product_id)`.run()
}

/** The user's cart, made when there is none. */
export async function ensureUserCart(userId: string): Promise<string> {
  const [row] = await sql<{ id: string }>`${ensureCart({ userId })}`
  return row?.id ?? ''
}

/** A statement that makes the cart if need be, locks it, and returns its id; none of an ended one. */
function ensureCart(owner: Owner) {
  if (owner.userId !== undefined)
    return sql`
      insert into cart (user_id) values (${owner.userId})
      on conflict (user_id) do update set updated_at = cart.updated_at
      returning id`
  return sql`
    insert into cart (id) values (coalesce(${liveGuest(owner.guestId ?? null)}, cart_uuid()))
    on conflict (id) do update set updated_at = cart.updated_at where cart.ended_at is null
    returning id`
}

function belongsTo(owner: Owner) {
  if (owner.userId !== undefined) return sql`c.user_id = ${owner.userId}`
  return sql`c.id = ${liveGuest(owner.guestId ?? null)} and c.ended_at is null`
}

/** The guest cart that a cookie means: the one it names, or what came after that has ended. */
function liveGuest(guestId: string | null) {
  return sql`coalesce(
    (select g.successor from cart g where g.id = ${guestId}::uuid and g.ended_at is not null),
    ${guestId}::uuid)`
}

function lineOf(row: CartRow, id: string): Line {
  return {
    id,
    productId: row.product_id,
    quantity: row.quantity,
    addedPrice: row.added_price,
    known: knownOf(row),
  }
}

function knownOf(row: KnownRow): Known {
  return {
    id: row.product_id,
    version: row.product_version,
    name: row.name,
    price: row.price,
    image: row.image,
    stock_count: row.stock_count,
    isGone: row.is_gone,
    isFresh: row.is_fresh,
  }
}
