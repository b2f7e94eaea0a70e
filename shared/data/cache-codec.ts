import { createHmac, timingSafeEqual } from 'node:crypto'

/** A whole response as it is sent again. */
export type Stored = {
  status: number
  headers: Record<string, string>
  body: Buffer
  /** With its quotes, as in the header. */
  etag: string
}

const magic = Buffer.from('souk1')
const macBytes = 16

/** `souk1`, a MAC over the rest, the head's length, the head as JSON, the body. */
export function encode({ status, headers, body, etag }: Stored, secret: string): Buffer {
  const head = Buffer.from(JSON.stringify({ status, headers, etag }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.length)
  const rest = Buffer.concat([length, head, body])
  return Buffer.concat([magic, mac(rest, secret), rest])
}

/** Undefined for whatever we did not write: garbage, a cut value, another secret's. */
export function decode(bytes: Buffer, secret: string): Stored | undefined {
  const start = magic.length + macBytes
  if (bytes.length < start + 4 || !bytes.subarray(0, magic.length).equals(magic)) return undefined
  const rest = bytes.subarray(start)
  if (!timingSafeEqual(bytes.subarray(magic.length, start), mac(rest, secret))) return undefined
  const end = 4 + rest.readUInt32BE(0)
  const { status, headers, etag } = JSON.parse(rest.toString('utf8', 4, end))
  return { status, headers, etag, body: rest.subarray(end) }
}

function mac(bytes: Buffer, secret: string) {
  return createHmac('sha256', secret).update(bytes).digest().subarray(0, macBytes)
}
