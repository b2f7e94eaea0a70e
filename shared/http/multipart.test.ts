import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import type { Request } from './contract.ts'
import { Fault } from './errors.ts'
import { readMultipart } from './multipart.ts'

const upload = { part: 'image', maxBytes: 10_000, fields: z.any() }
const type = 'multipart/form-data; boundary=b'
// Only its content type is read.
const request = { headers: { 'content-type': type } } as unknown as Request
const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const file = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="x.png"\r\nContent-Type: image/png\r\n\r\n${value}\r\n`

const read = (body: string) => readMultipart(upload, type, Buffer.from(body, 'latin1'), request)

async function codeOf(body: string): Promise<string> {
  const error = await read(body).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Fault, 'refused with a fault')
  return error.code
}

test('text parts and the file arrive as they were sent', async () => {
  const { fields, file: found } = await read(
    `${field('name', 'Lamp')}${file('image', '\x00\xff\r\n--c')}--b--\r\n`,
  )
  assert.equal(fields.name, 'Lamp')
  assert.deepEqual(found && [found.name, found.type], ['x.png', 'image/png'])
  assert.deepEqual(found?.bytes, Buffer.from('\x00\xff\r\n--c', 'latin1'))
})

test('what is cut off, doubled or too much is refused, and the process lives', async () => {
  assert.equal(await codeOf(file('image', 'abc').slice(0, -10)), 'malformed_body')
  assert.equal(await codeOf(`${file('image', 'abc')}--b\r\nContent-Dispo`), 'malformed_body')
  assert.equal(await codeOf(`${field('a', '1')}${field('a', '2')}--b--\r\n`), 'malformed_body')
  const many = Array.from({ length: 60 }, (_, at) => field(`f${at}`, '')).join('')
  assert.equal(await codeOf(`${many}--b--\r\n`), 'malformed_body')
  assert.equal(
    await codeOf(`${file('image', 'a')}${file('image', 'b')}--b--\r\n`),
    'malformed_body',
  )
  assert.equal(await codeOf(`${file('other', 'abc')}--b--\r\n`), 'invalid_request')
  assert.equal(await codeOf('x'.repeat(10_001)), 'payload_too_large')
  // What the parser says late must have been heard.
  await new Promise((resolve) => setImmediate(resolve))
})
