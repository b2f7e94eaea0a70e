import { createHash } from 'node:crypto'
import type { File, Upload } from '../../shared/http/contract.ts'
import { type Fault, fault } from '../../shared/http/errors.ts'
import { formatOf } from './picture-format.ts'
import type { Rendition } from './queries/media.ts'

/** Bytes of the picture itself; the whole body may have some more for its other parts. */
const MOST_BYTES = 5 * 1024 * 1024
const MOST_PIXELS = 40_000_000
const LONGEST_SIDE = 16_384

/** Longest sides of what is made of an upload, in pixels; none is larger than the upload. */
export const SIZES = [1200, 800, 400, 160] as const

/** Of one process: each may hold a body of 5 MB, and a container has 192 MB. */
export const UPLOADS_AT_ONCE = 24

/** Of a contract that takes a picture; `fields` are its other parts. */
export function pictureUpload(fields: Upload['fields']): Upload {
  return { part: 'image', maxBytes: MOST_BYTES + 256 * 1024, fields }
}

/** A picture as it is stored; `image` is the name of the rendition that a product shows. */
export type Picture = { hash: string; image: string; renditions: Rendition[] }

/**
 * Makes the renditions of an uploaded picture: WebP in the preset sizes, upright, without metadata;
 * of an animation its first frame. Undefined for a form whose file field was left empty.
 * Fails with `payload_too_large`, or `invalid_request` when it is no picture that is taken.
 */
export async function readPicture(file: File | undefined): Promise<Picture | undefined> {
  if (!file || (file.bytes.length === 0 && file.name === '')) return undefined
  if (file.bytes.length > MOST_BYTES)
    throw fault('payload_too_large', 'A picture may have 5 MB at most')
  if (!formatOf(file.bytes)) throw refusal('must be one whole JPEG, PNG, WebP or AVIF picture')
  const hash = createHash('sha256').update(file.bytes).digest('hex').slice(0, 32)
  const { encode } = await import('./picture-encode.ts')
  const made = await encode(file.bytes, SIZES, { pixels: MOST_PIXELS, side: LONGEST_SIDE })
  if (typeof made === 'string') throw refusal(made)
  return {
    hash,
    image: `${hash}-800.webp`,
    renditions: SIZES.map((size, at) => ({
      name: `${hash}-${size}.webp`,
      type: 'image/webp',
      bytes: made[at] ?? Buffer.alloc(0),
    })),
  }
}

function refusal(message: string): Fault {
  return fault('invalid_request', `image: ${message}`, { errors: [{ field: 'image', message }] })
}
