import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Launched, launch, openKit } from '../functions/kit/kit-lab.ts'
import { again, measured } from '../shared/testing/proof.ts'
import { freePorts } from '../shared/testing/shop.ts'

const root = join(import.meta.dirname, '..')
/** The commit of the release before this one; renewed when one is made. */
const release = readFileSync(join(import.meta.dirname, 'previous-release.txt'), 'utf8').trim()
const git = (...args: string[]) => spawnSync('git', args, { cwd: root, maxBuffer: 2 ** 30 })

type Side = { name: string; url: string; process: Launched }
type Answer = { status: number; body: Record<string, unknown>; headers: Headers }

test('the previous release works on this release’s schema, beside it on the same databases', async (t) => {
  if (git('cat-file', '-e', `${release}^{commit}`).status !== 0)
    return t.skip(`this copy has no history: commit ${release} is not here`)
  const kit = await openKit()
  const folder = mkdtempSync(join(tmpdir(), 'souk-previous-'))
  const sides: Side[] = []
  t.after(async () => {
    await Promise.all(sides.map((it) => it.process.end()))
    await kit.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const files = git('archive', release).stdout
  execFileSync('tar', ['-x', '-C', folder], { input: files })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [name, at] of [
    ['this', root],
    ['previous', folder],
  ] as const)
    sides.push(await startSide(name, at, kit.environment))
  const [ours, theirs] = sides as [Side, Side]

  let steps = 0
  for (const [writer, reader] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    const what = `written by ${writer.name}, read by ${reader.name}`
    const person = {
      email: `${writer.name}@example.com`,
      username: writer.name,
      password: 'a long passphrase 7',
    }
    const { email, password } = person
    await call(writer, 'POST', '/api/v1/users/', 201, { body: person })
    const signedIn = await call(reader, 'POST', '/api/v1/token/', 200, {
      body: { email, password },
    })
    const bearer = { authorization: `Bearer ${signedIn.body.access}` }
    const staff = await signInStaff(writer, kit.environment)
    const made = await call(writer, 'POST', '/api/v1/products/', 201, {
      headers: staff,
      body: { name: `Lamp of ${writer.name}`, price: '12.50', stock_count: 50 },
    })
    const path = `/api/v1/products/${made.body.id}/`
    const read = await call(reader, 'GET', path, 200)
    assert.equal(read.body.price, '12.50', what)
    // What the reader has stored dies with the writer's change, at once.
    await call(writer, 'PATCH', path, 200, {
      headers: { ...staff, 'if-match': read.headers.get('etag') ?? '' },
      body: { price: '13.75' },
    })
    assert.equal((await call(reader, 'GET', path, 200)).body.price, '13.75', what)
    const added = { product_id: made.body.id, quantity: 2 }
    await call(writer, 'POST', '/api/v1/cart/add/', 200, { headers: bearer, body: added })
    const cart = await call(reader, 'GET', '/api/v1/cart/', 200, { headers: bearer })
    assert.match(JSON.stringify(cart.body), /"quantity":2/, what)
    const review = { product_id: made.body.id, rating: 4, comment: `Seen by ${writer.name}` }
    await call(writer, 'POST', '/api/v1/reviews/', 201, {
      headers: bearer,
      body: review,
    })
    const reviews = await call(reader, 'GET', `/api/v1/reviews/${made.body.id}/`, 200)
    assert.match(JSON.stringify(reviews.body), new RegExp(review.comment), what)
    steps += 9
  }
  for (const side of sides) assert.doesNotMatch(side.process.said(), /"level":"ERROR"/, side.name)
  measured(
    t,
    `${release.slice(0, 7)} beside this release: ${steps} steps, each side reads what the other wrote`,
  )
})

const before = (environment: Record<string, string>) => ({
  ...environment,
  SOUK_HOME: `${environment.SOUK_HOME}-before`,
})

async function startSide(
  name: string,
  folder: string,
  given: Record<string, string>,
): Promise<Side> {
  const environment = folder === root ? given : before(given)
  mkdirSync(environment.SOUK_HOME ?? '', { recursive: true })
  writeFileSync(join(environment.SOUK_HOME ?? '', 'seeded'), '')
  const [port = 0, ...ports] = await freePorts(5)
  // Four in a row, most likely free: what the system gives out is far from them.
  const from = 20_000 + ((ports[0] ?? 0) % 9_000) + (folder === root ? 0 : 10)
  const process = launch(folder, environment, [
    'start',
    '--port',
    String(port),
    '--services-from',
    String(from),
  ])
  await process.says(/open|Open/, 90_000)
  return { name, url: `http://127.0.0.1:${port}`, process }
}

async function signInStaff(side: Side, environment: Record<string, string>) {
  const file = join(environment.SOUK_HOME ?? '', 'demo.json')
  const { superuser } = JSON.parse(readFileSync(file, 'utf8'))
  const { body } = await call(side, 'POST', '/api/v1/token/', 200, { body: superuser })
  return { authorization: `Bearer ${body.access}` }
}

async function call(
  side: Side,
  method: string,
  path: string,
  expected: number,
  given: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  const reply = await again(() =>
    fetch(side.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...given.headers },
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
    }),
  )
  const text = await reply.text()
  assert.equal(reply.status, expected, `${side.name}: ${method} ${path}: ${text}`)
  return { status: reply.status, body: JSON.parse(text), headers: reply.headers }
}
