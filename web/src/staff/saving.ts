import { ApiError, failureOf } from '../lib/failure.ts'
import { queries } from '../lib/queries.ts'
import type { Product } from '../lib/types.ts'
import { askConflict } from './conflict.ts'
import { bodyOf, type Changes, changesOf, type Editable, fields, keyOf } from './product-fields.ts'
import { transfer } from './transfer.ts'

export type Upload = { file?: File | undefined; onProgress?: (share: number) => void }
/** `theirs`: a colleague's state was taken; `open`: nothing was decided, nothing is saved. */
export type Saved = { outcome: 'saved' | 'theirs' | 'open'; product: Product }

type Known = { product: Product; etag: string }
const known = new Map<number, Known>()
/** A product that is changed all the time is given up after this many tries. */
const MOST_TRIES = 6

/** The product as it is now, with what a guarded change of it needs kept for later. */
export async function readProduct(id: number): Promise<Product> {
  return (await ask(id)).product
}

/**
 * Saves what differs between the product as it was seen and as it should be, guarded by If-Match. If
 * somebody else changed it since, asks which of the two shall stand. Throws `ApiError`.
 */
export async function saveProduct(
  seen: Product,
  wanted: Editable,
  { file, onProgress }: Upload = {},
): Promise<Saved> {
  const changes = changesOf(seen, wanted)
  if (!file && Object.keys(changes).length === 0) return { outcome: 'saved', product: seen }
  let base = seen
  for (let tries = 1; ; tries++) {
    const kept = known.get(seen.id)
    const now = kept?.product.updated_at === base.updated_at ? kept : await ask(seen.id)
    if (fields.some((it) => keyOf(base, it) !== keyOf(now.product, it))) {
      const ours = fields.filter((it) => it in changes || (it === 'image' && file))
      const choice = await askConflict(base, now.product, wanted, ours)
      if (choice !== 'ours') return { outcome: choice ?? 'open', product: now.product }
    }
    base = now.product
    try {
      const { value, etag } = await transfer('PATCH /api/v1/products/{id}/', {
        params: { id: seen.id },
        headers: { 'if-match': now.etag },
        ...content(changes, file),
        ...(onProgress ? { onProgress } : {}),
      })
      return { outcome: 'saved', product: keep(value, etag) }
    } catch (error) {
      // A new rating makes a new tag too: what was changed is looked at before anybody is asked.
      if (failureOf(error).status !== 412 || tries >= MOST_TRIES) throw error
      known.delete(seen.id)
    }
  }
}

/** Puts a product into the shop; the same `attempt` does so once, however often it is sent. */
export async function createProduct(
  wanted: Editable,
  attempt: string,
  { file, onProgress }: Upload,
): Promise<Product> {
  const { image: _none, ...body } = bodyOf(wanted)
  const { value, etag } = await transfer('POST /api/v1/products/', {
    headers: { 'idempotency-key': attempt },
    ...content(body, file),
    ...(onProgress ? { onProgress } : {}),
  })
  return keep(value, etag)
}

/** Takes a product out of the shop. Throws `ApiError`; one that is gone already is no fault. */
export async function deleteProduct(id: number): Promise<void> {
  try {
    await transfer('DELETE /api/v1/products/{id}/', { params: { id } })
  } catch (error) {
    if (!(error instanceof ApiError) || error.failure.status !== 404) throw error
  }
  known.delete(id)
  catalogueChanged()
}

export function catalogueChanged(): void {
  queries.invalidate('/api/v1/products/', '/api/v1/categories/', 'tiles')
}

/** As JSON; with a picture as a form, where lists are text with commas. */
function content<B extends Changes>(body: B, file: File | undefined) {
  if (!file) return { body }
  const form = new FormData()
  for (const [name, value] of Object.entries(body))
    if (value !== undefined && value !== null) form.set(name, String(value))
  form.set('image', file)
  return { form }
}

async function ask(id: number): Promise<Known> {
  const { value, etag } = await transfer('GET /api/v1/products/{id}/', { params: { id } })
  const found = { product: value, etag }
  known.set(id, found)
  return found
}

function keep(product: Product, etag: string): Product {
  known.set(product.id, { product, etag })
  catalogueChanged()
  return product
}
