import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { openapi } from '../derive/openapi.ts'
import { scratch } from '../testing/scratch.ts'
import { type DocsReply, docs } from './docs.ts'

const answer = docs(scratch)

async function get(path: string, headers: Record<string, string> = {}): Promise<DocsReply> {
  return (await answer('GET', path, headers)) ?? assert.fail(`${path} is not answered`)
}

test('the document is the derived one, with and without the last slash', async () => {
  for (const path of ['/api/schema/', '/api/schema']) {
    const reply = await get(path)
    assert.equal(reply.status, 200)
    assert.equal(reply.headers['content-type'], 'application/json')
    assert.deepEqual(JSON.parse(reply.body.toString()), openapi(scratch))
  }
})

test('a copy at hand is not sent again; each form has its own tag', async () => {
  const plain = await get('/api/schema/')
  const zipped = await get('/api/schema/', { 'accept-encoding': 'br, gzip' })
  assert.equal(zipped.headers['content-encoding'], 'gzip')
  assert.deepEqual(gunzipSync(zipped.body), plain.body)
  assert.notEqual(zipped.headers.etag, plain.headers.etag)
  const again = await get('/api/schema/', { 'if-none-match': `"x", W/${plain.headers.etag}` })
  assert.deepEqual([again.status, again.body.length], [304, 0])
  const other = await get('/api/schema/', { 'if-none-match': String(zipped.headers.etag) })
  assert.equal(other.status, 200)
  const refused = await get('/api/schema/', { 'accept-encoding': 'gzip;q=0' })
  assert.equal(refused.headers['content-encoding'], undefined)
})

test('the page loads only files that are served here, and holds no script or style itself', async () => {
  const page = await get('/api/schema/swagger-ui/')
  const html = page.body.toString()
  assert.doesNotMatch(html, /<style|style=|<script>|javascript:| on\w+=|https?:/)
  const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path)
  assert.ok(files.length >= 5)
  for (const file of files) {
    const reply = await get(file)
    assert.ok(reply.body.length > 100, file)
    assert.equal(reply.headers['x-content-type-options'], 'nosniff')
  }
  const policy = page.headers['content-security-policy'] ?? ''
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/)
  assert.doesNotMatch(policy, /unsafe|https?:|\*/)
  const asset = await get('/api/schema/swagger-ui/swagger-ui.css')
  assert.match(asset.headers['content-security-policy'] ?? '', /^default-src 'none'; frame/)
})

test('nothing else is answered, and nothing is written', async () => {
  for (const path of [
    '/',
    '/api/schema/x',
    '/api/schema/swagger-ui/../../../package.json',
    '/api/schema/swagger-ui/package.json',
    '/api/schema/swagger-ui/swagger-ui-bundle.js.map',
    '/api/v1/things/',
  ])
    assert.equal(answer('GET', path, {}), undefined, path)
  assert.throws(() => answer('POST', '/api/schema/', {}), { code: 'method_not_allowed' })
  const head = await answer('HEAD', '/api/schema/', {})
  assert.equal(head?.status, 200)
})

test('files come from the folder given; one that cannot be read now may be later', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'souk-docs-'))
  try {
    const own = docs(scratch, folder)
    const path = '/api/schema/swagger-ui/swagger-ui.css'
    await assert.rejects(async () => own('GET', path, {}), { code: 'ENOENT' })
    await writeFile(join(folder, 'swagger-ui.css'), 'p { color: red }')
    const reply = await own('GET', path, {})
    assert.equal(reply?.body.toString(), 'p { color: red }')
  } finally {
    await rm(folder, { recursive: true })
  }
})
