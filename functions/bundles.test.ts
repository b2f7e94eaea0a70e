import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildService } from '../esbuild.config.mjs'
import { kebab } from '../shared/http/service.ts'
import { testDatabase } from '../shared/testing/database.ts'
import { freePorts } from '../shared/testing/shop.ts'
import { services } from './catalog.ts'

// What ships is tested as it ships: built, in processes of its own, speaking HTTP to each other.

const BUDGET_KB = 400
const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'souk-bundles-'))
type Outputs = Record<string, { bytes: number; imports: { path: string; kind: string }[] }>
const outputs = new Map<string, Outputs>()
const stops: (() => Promise<unknown>)[] = []
const urls = new Map<string, string>()

before(async () => {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const service of services) {
    const meta = await buildService(service, join(folder, service.name))
    outputs.set(service.name, (meta?.outputs ?? {}) as Outputs)
  }
  await startAll()
})

after(async () => {
  for (const stop of stops.reverse()) await stop()
  rmSync(folder, { recursive: true, force: true })
})

async function startAll() {
  const ports = await freePorts(services.length)
  const environment: Record<string, string> = {
    SECRET_KEY: 'only for this test: Jq8wZr3vXn5tYb7mKd2hPc4sGf6a',
    LOGGING_LVL: 'WARN',
    CHECK_REPLIES: 'true',
    SU_NAME: 'root',
    SU_EMAIL: 'root@example.com',
    SU_PASSWORD: 'correct-horse-battery-staple',
    REDIS_URL: process.env.SOUK_TEST_REDIS ?? '',
  }
  for (const [at, { name }] of services.entries()) {
    const database = await testDatabase(name)
    stops.push(() => database.drop())
    environment[`DATABASE_URL_${name.toUpperCase()}`] = database.url
    environment[`SERVICE_${name.toUpperCase()}_URL`] = `http://127.0.0.1:${ports[at]}`
    urls.set(name, `http://127.0.0.1:${ports[at]}`)
  }
  for (const [at, { name }] of services.entries()) {
    const child = spawn(process.execPath, [join(folder, name, 'host.mjs')], {
      cwd: folder,
      env: { ...process.env, ...environment, PORT: String(ports[at]) },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    stops.push(async () => {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    })
  }
  for (const url of urls.values()) await eventually(async () => (await fetch(`${url}/readyz`)).ok)
}

/** Waits, for ten seconds at most, until it is so. */
async function eventually(isSo: () => Promise<boolean>) {
  const end = performance.now() + 10_000
  while (!(await isSo().catch(() => false))) {
    assert.ok(performance.now() < end, 'did not become so in ten seconds')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function send(service: string, method: string, path: string, body?: unknown, token?: string) {
  const answer = await fetch(`${urls.get(service)}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: text ? JSON.parse(text) : undefined }
}

test('the services find, know and inform each other', async () => {
  const signIn = { email: 'root@example.com', password: 'correct-horse-battery-staple' }
  const { status, body: tokens } = await send('auth', 'POST', '/api/v1/token/', signIn)
  assert.equal(status, 200)

  const wanted = { name: 'Lamp', description: 'Gives light.', price: '12.50', stock_count: 3 }
  const made = await send(
    'product',
    'POST',
    '/api/v1/products/',
    { ...wanted, categories: [], subcategories: [] },
    tokens.access,
  )
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { id } = made.body

  const added = await send('cart', 'POST', '/api/v1/cart/add/', { product_id: id }, tokens.access)
  assert.deepEqual([added.status, added.body.total], [200, '12.50'])

  const review = { product_id: id, rating: 4, comment: 'Bright.' }
  const written = await send('review', 'POST', '/api/v1/reviews/', review, tokens.access)
  assert.equal(written.status, 201, JSON.stringify(written.body))
  await eventually(async () => {
    const { body } = await send('product', 'GET', `/api/v1/products/${id}/`)
    return body.rank === 4 && body.rating_count === 1
  })
})

test('importing a function opens nothing: the process ends by itself', async () => {
  const entries = services.flatMap((it) =>
    Object.keys(it.endpoints).map((key) => join(folder, it.name, `${kebab(key)}.mjs`)),
  )
  const code = `for (const entry of ${JSON.stringify(entries)}) {
    const { handler, contract } = await import(entry)
    if (typeof handler !== 'function' || handler.length > 2 || !contract.name) throw new Error(entry)
  }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: 'inherit',
    env: { PATH: process.env.PATH },
  })
  const [exit] = await once(child, 'exit')
  assert.equal(exit, 0)
})

test(`a function with all that it loads is at most ${BUDGET_KB} KB`, () => {
  const sizes = services.flatMap((service) =>
    Object.keys(service.endpoints).map((key) => {
      const all = outputs.get(service.name) ?? {}
      const entry = Object.keys(all).find((it) => it.endsWith(`${service.name}/${kebab(key)}.mjs`))
      return {
        name: `${service.name}/${kebab(key)}`,
        kb: Math.round(weigh(all, entry ?? '') / 1024),
      }
    }),
  )
  sizes.sort((a, b) => b.kb - a.kb)
  console.log(
    sizes
      .slice(0, 5)
      .map((it) => `${it.kb} KB ${it.name}`)
      .join('\n'),
  )
  assert.deepEqual(
    sizes.filter((it) => it.kb > BUDGET_KB || it.kb < 50),
    [],
  )
})

/** Bytes of an output and of what it imports before it runs. */
function weigh(all: Outputs, entry: string): number {
  const seen = new Set<string>()
  const visit = (path: string) => {
    const output = all[path]
    if (!output || seen.has(path)) return 0
    seen.add(path)
    const imported = output.imports.filter((it) => it.kind === 'import-statement')
    return imported.reduce((sum, it): number => sum + visit(it.path), output.bytes)
  }
  return visit(entry)
}
