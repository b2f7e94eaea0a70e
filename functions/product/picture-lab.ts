import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'

/** Two colours, so that a picture that was turned or cut can be told. */
export function picture(width = 1600, height = 900): Sharp {
  const half = { width: Math.ceil(width / 2), height, channels: 3 as const, background: '#c03020' }
  return sharp({ create: { width, height, channels: 3, background: '#2040c0' } }).composite([
    { input: { create: half }, left: 0, top: 0 },
  ])
}

export function formWith(bytes: Buffer, name = 'photo.jpg', type = 'image/jpeg'): FormData {
  const form = new FormData()
  form.set('name', 'Pictured')
  form.set('price', '5.00')
  form.set('image', new Blob([new Uint8Array(bytes)], { type }), name)
  return form
}

/** A PNG that says it is so large, and holds one row of pixels. */
export function hugePng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  const data = deflateSync(Buffer.alloc(1000))
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}
