import { call } from './api.ts'
import { emptyCart, expected, type Facts } from './cart-view.ts'
import { type Failure, failureOf } from './failure.ts'
import { t } from './i18n.ts'
import { mayHeal, reasonOf } from './reason.ts'
import { session } from './session.ts'
import { Store } from './store.ts'
import { hear, keep, tell } from './tabs.ts'
import { toasts } from './toasts.ts'
import type { Cart, CartLine, Product } from './types.ts'

export type CartState = {
  /** What the service said last, with what is under way put in. Undefined until it has spoken. */
  cart: Cart | undefined
  failure: Failure | undefined
  /** How many things, known from the last visit before the service has spoken. */
  count: number
}

/** How soon it asks again for a cart that it could not get. */
const AGAIN_MS = 4_000

/**
 * The cart: shows every change at once and says so when the service sees it otherwise. Calls for one
 * line follow one another, and only the last quantity wished for is sent.
 */
class CartStore extends Store<CartState> {
  #server: Cart | undefined
  readonly #quantities = new Map<number, number>()
  readonly #additions = new Map<number, { quantity: number; facts: Facts }>()
  readonly #sending = new Set<number>()
  #loading: Promise<void> | undefined
  #again = 0

  constructor() {
    super({ cart: undefined, failure: undefined, count: Number(keep.get('cart') ?? 0) })
    hear<Cart>('cart', (cart) => this.#show(cart))
  }

  /** A guest who never put anything in has no cart, and none is asked for. */
  get isKnownEmpty(): boolean {
    return session.isGuest && keep.get('cart') === null
  }

  async load(): Promise<void> {
    clearTimeout(this.#again)
    if (this.isKnownEmpty) return this.#show(emptyCart)
    this.#loading ??= call('GET /api/v1/cart/', { as: 'maybe' })
      .then((cart) => this.adopt(cart))
      .catch((error: unknown) => {
        const failure = failureOf(error)
        this.update({ failure })
        if (mayHeal(failure)) this.#again = window.setTimeout(() => void this.load(), AGAIN_MS)
      })
      .finally(() => {
        this.#loading = undefined
      })
    return this.#loading
  }

  /** Puts a product in; true when the service took it. */
  async add(product: Product, quantity = 1): Promise<boolean> {
    const facts = {
      name: product.name,
      image: product.image,
      price: product.price,
      available: product.stock_count,
    }
    return this.#add(product.id, quantity, facts)
  }

  /** Sets how many of a line; 0 takes it out, and can be undone. */
  async setQuantity(line: CartLine, quantity: number): Promise<void> {
    const id = line.product_id
    this.#quantities.set(id, quantity)
    this.#show()
    if (quantity === 0) this.#offerUndo(line)
    if (this.#sending.has(id)) return
    this.#sending.add(id)
    try {
      while (this.#quantities.has(id)) {
        const wanted = this.#quantities.get(id) ?? 0
        const cart = await call('PATCH /api/v1/cart/items/{product_id}/', {
          params: { product_id: id },
          body: { quantity: wanted },
          as: 'maybe',
        })
        if (this.#quantities.get(id) === wanted) this.#quantities.delete(id)
        this.adopt(cart)
      }
    } catch (error) {
      const wanted = this.#quantities.get(id) ?? quantity
      this.#quantities.delete(id)
      this.#refused(error, () => void this.setQuantity(line, wanted))
    } finally {
      this.#sending.delete(id)
    }
  }

  async empty(): Promise<void> {
    const lines = this.value.cart?.items ?? []
    for (const it of lines) this.#quantities.set(it.product_id, 0)
    this.#show()
    try {
      const cart = await call('DELETE /api/v1/cart/', { as: 'maybe' })
      this.#quantities.clear()
      this.adopt(cart ?? emptyCart)
    } catch (error) {
      this.#quantities.clear()
      this.#refused(error, () => void this.empty())
    }
  }

  /** Takes over what the service said of it elsewhere, and tells the other tabs. */
  adopt(cart: Cart): void {
    this.#show(cart)
    tell('cart', cart)
  }

  /** At sign-out: the account's cart stays with the account. */
  reset(): void {
    keep.set('cart', undefined)
    this.#server = undefined
    this.#show(emptyCart)
  }

  async #add(id: number, quantity: number, facts: Facts): Promise<boolean> {
    const before = this.#additions.get(id)?.quantity ?? 0
    this.#additions.set(id, { quantity: before + quantity, facts })
    this.#show()
    const body = { product_id: id, quantity }
    try {
      const cart = await call('POST /api/v1/cart/add/', { body, as: 'maybe' })
      this.#lessAddition(id, quantity)
      const { status: _status, item_id: _item, ...plain } = cart
      this.adopt(plain)
      return true
    } catch (error) {
      this.#lessAddition(id, quantity)
      this.#refused(error, () => void this.#add(id, quantity, facts))
      return false
    }
  }

  #lessAddition(id: number, quantity: number): void {
    const addition = this.#additions.get(id)
    if (!addition) return
    if (addition.quantity > quantity)
      this.#additions.set(id, { ...addition, quantity: addition.quantity - quantity })
    else this.#additions.delete(id)
  }

  #offerUndo(line: CartLine): void {
    const run = () => {
      // The line may be gone by now or its removal still under way: wait for that, then add.
      const wait = this.#sending.has(line.product_id) ? 50 : 0
      if (wait) setTimeout(run, wait)
      else void this.#add(line.product_id, line.quantity, line)
    }
    toasts.say(t('cart.removed', { name: line.name }), { action: { label: t('undo'), run } })
  }

  #refused(error: unknown, again: () => void): void {
    const failure = failureOf(error)
    const available = Number(failure.problem.available ?? 0)
    const reason =
      failure.code === 'insufficient_stock'
        ? t('cart.only', { n: available })
        : reasonOf(failure, t('fault.cart'))
    const mayWork = mayHeal(failure)
    toasts.say(reason, {
      tone: 'bad',
      ...(mayWork ? { action: { label: t('retry'), run: again } } : {}),
    })
    this.#show()
    if (!mayWork) void this.load()
  }

  #show(server?: Cart): void {
    if (server) {
      this.#server = server
      const isPlain = server.item_count === 0 && session.isGuest
      keep.set('cart', isPlain ? undefined : String(server.item_count))
    }
    const wanted = { quantities: this.#quantities, additions: this.#additions }
    const cart =
      this.#server || wanted.additions.size > 0
        ? expected(this.#server ?? emptyCart, wanted)
        : undefined
    const failure = server ? undefined : this.value.failure
    this.set({ cart, failure, count: cart?.item_count ?? this.value.count })
  }
}

export const cart = new CartStore()
session.addEventListener('change', () => {
  if (session.isGuest) cart.reset()
})
