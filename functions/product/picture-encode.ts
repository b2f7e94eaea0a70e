import { BulkheadRejectedError, bulkhead } from 'cockatiel'
import sharp from 'sharp'
import { fault } from '../../shared/http/errors.ts'
import { log } from '../../shared/runtime/log.ts'

// Each may hold 160 MB of pixels and a core: two at once, or one where memory is for one. Others wait,
// but not in any number.
const ROOM = 480 * 1024 * 1024
const room = process.constrainedMemory()
const places = bulkhead(room > 0 && room < ROOM ? 1 : 2, 16)

// What has been decoded is never asked for again.
sharp.cache(false)
sharp.concurrency(1)

/**
 * WebP of these longest sides, or what is wrong with the picture, for the one who sent it. Works
 * outside the event loop. Fails with `unavailable` when too many wait already.
 */
export async function encode(
  bytes: Buffer,
  sizes: readonly number[],
  most: { pixels: number; side: number },
): Promise<Buffer[] | string> {
  try {
    return await places.execute(() => renditions(bytes, sizes, most))
  } catch (error) {
    if (error instanceof BulkheadRejectedError)
      throw fault('unavailable', 'Too many pictures are being read')
    log.info('a picture could not be read', { error })
    return 'is damaged and cannot be read'
  }
}

async function renditions(
  bytes: Buffer,
  sizes: readonly number[],
  most: { pixels: number; side: number },
): Promise<Buffer[] | string> {
  // The header alone tells the size: nothing is decoded before it is known to be bearable.
  const { width, height } = await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata()
  if (width * height > most.pixels || Math.max(width, height) > most.side)
    return `must have ${most.pixels / 1e6} megapixels at most`
  const inside = (size: number) =>
    ({ width: size, height: size, fit: 'inside', withoutEnlargement: true }) as const
  const { data, info } = await sharp(bytes, {
    limitInputPixels: most.pixels,
    failOn: 'error',
    pages: 1,
  })
    .autoOrient()
    .resize(inside(Math.max(...sizes)))
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width: wide, height: high, channels } = info
  const raw = { width: wide, height: high, channels }
  const made: Buffer[] = []
  for (const size of sizes)
    made.push(await sharp(data, { raw }).resize(inside(size)).webp({ quality: 82 }).toBuffer())
  return made
}
