import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { testServer } from '../../shared/testing/database.ts'
import { residentMb } from '../../shared/testing/resident.ts'
import { freePorts } from '../../shared/testing/shop.ts'
import { until } from '../../shared/testing/until.ts'
import { type Kit, type Launched, openKit } from './kit-lab.ts'

/** `SAVES=1000 RATE=100` is the long run; a few saves show the same in seconds. */
const SAVES = Number(process.env.SAVES ?? 4)
const RATE = Number(process.env.RATE ?? 50)

let kit: Kit
let dev: Launched
let base: string

before(async () => {
  kit = await openKit({ copy: true })
  const [port = 0] = await freePorts(1)
  // Four in a row, below those that systems give away by themselves.
  const from = 18_000 + (process.pid % 1200) * 10
  base = `http://127.0.0.1:${port}`
  dev = kit.launch(['dev', '--port', String(port), '--services-from', String(from)])
  await dev.says(/The shop is open/)
})
after(() => kit.close())

const source = () => join(kit.folder, 'functions/product/get-product.ts')
const original = () => readFileSync(source(), 'utf8')

/** Changes what a missing product is answered with. */
function save(text: string, said: string): void {
  const changed = text.replace("fail('not_found')", `fail('not_found', '${said}')`)
  assert.notEqual(changed, text)
  writeFileSync(source(), changed)
}

async function missing(): Promise<string> {
  const answer = await fetch(`${base}/api/v1/products/2000000000/`)
  const { detail }: { detail?: string } = JSON.parse(await answer.text())
  return detail ?? ''
}

test('what is saved is served, and no request fails meanwhile', async () => {
  const text = original()
  const load = calls()
  // Also when a save is not served: its timer would keep this process for ever.
  after(() => load.stop())
  const took: number[] = []
  const memory: number[] = []
  for (let at = 1; at <= SAVES; at++) {
    const began = performance.now()
    save(text, `save ${at}`)
    await until(async () => (await missing()) === `save ${at}`, 20)
    took.push(performance.now() - began)
    if (at % 50 === 0) {
      memory.push(Math.round(residentMb(dev.process.pid ?? 0)))
      console.log(`${at} saves, ${load.told()}: ${memory.at(-1)} MB`)
    }
  }
  const { sent, failed } = await load.stop()
  took.sort((a, b) => a - b)
  const at = (share: number) => Math.round(took[Math.ceil(took.length * share) - 1] ?? 0)
  const numbers = `${SAVES} saves: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms; ${sent} requests, ${failed.length} failed; MB ${memory}`
  console.log(numbers)
  assert.deepEqual(failed, [], numbers)
  assert.ok(sent > 0)
})

test('code that cannot be built leaves the code before, and says where', async () => {
  const text = original()
  writeFileSync(source(), `${text}\nconst broken = (`)
  await dev.says(/Not replaced, the code before still answers[\s\S]*get-product\.ts:\d+:\d+/)
  assert.notEqual(await missing(), undefined)
  save(text.replace(/fail\('not_found'.*\)/, "fail('not_found')"), 'mended')
  await until(async () => (await missing()) === 'mended', 20)
})

test('code that dies at its start leaves the code before', async () => {
  const text = original()
  writeFileSync(source(), `${text}\nthrow new Error('dies at once')\n`)
  await dev.says(/product: the replacement did not become ready/)
  assert.equal(await missing(), 'mended')
  writeFileSync(source(), text)
})

test('a new migration is applied', async () => {
  const file = join(kit.folder, 'functions/cart/schema/0999-note.sql')
  writeFileSync(file, 'create table note (id integer primary key);\n')
  await dev.says(/cart replaced in \d+ ms: .*0999-note\.sql/)
})

test('the storefront comes from Vite, with hot replacement', async () => {
  const page = await (await fetch(`${base}/`)).text()
  assert.match(page, /\/@vite\/client/)
  const client = await fetch(`${base}/@vite/client`)
  assert.match(client.headers.get('content-type') ?? '', /javascript/)
})

test('a call that was answered is made again by its id, also when a save has come between', async () => {
  const answer = await fetch(`${base}/api/v1/products/?limit=1`)
  const id = answer.headers.get('x-request-id') ?? ''
  save(original().replace(/fail\('not_found'.*\)/, "fail('not_found')"), 'between')
  await until(async () => (await missing()) === 'between', 20)
  // The process that answered it leaves its calls when it ends.
  const again = await until(async () => {
    const ran = await kit.run(['invoke', '--replay', id])
    return ran.code === 0 && ran
  }, 20)
  assert.deepEqual(JSON.parse(again.out), await answer.json())
  const none = await kit.run(['invoke', '--replay', 'never-was'])
  assert.equal(none.code, 1)
  assert.match(none.err, /No service keeps a call never-was/)
})

test('a session becomes fixtures and a test that holds', async () => {
  const server = { SOUK_TEST_POSTGRES: await testServer() }
  for (const path of ['products/', 'categories/', 'products/2000000000/'])
    await (await fetch(`${base}/api/v1/${path}`)).text()
  const { code, err } = await kit.run(['record', 'visit', '--last', '3'], '', server)
  assert.equal(code, 0, err)
  const fixtures = JSON.parse(
    readFileSync(join(kit.folder, 'functions/recorded/visit.json'), 'utf8'),
  )
  assert.equal(fixtures.length, 3)
  const { NODE_TEST_CONTEXT: _of, ...own } = process.env
  const proof = ['--test', 'functions/recorded/visit.test.ts']
  const env = { ...own, ...server }
  const { status, stdout } = spawnSync(process.execPath, proof, { cwd: kit.folder, env })
  assert.equal(status, 0, String(stdout))
})

test('it ends with Ctrl-C', async () => {
  assert.equal(await dev.end(), 0)
})

test('a service that is not there is told', async () => {
  const { code, err } = await kit.run(['dev', 'produkt', '--inspect'])
  assert.equal(code, 2)
  assert.match(err, /There is no service produkt/)
})

/** Reads and writes at a steady rate until stopped. */
function calls() {
  const failed: string[] = []
  const waiting = new Set<Promise<void>>()
  let sent = 0
  const one = async () => {
    const write = sent++ % 5 === 0
    const call = write
      ? fetch(`${base}/api/v1/cart/items/`, { method: 'OPTIONS' })
      : fetch(`${base}/api/v1/products/?limit=1`)
    const answer = await call.catch((error: Error) => error)
    if (answer instanceof Error) failed.push(String(answer.cause ?? answer))
    else {
      await answer.arrayBuffer()
      if (answer.status >= 500) failed.push(`${answer.status}`)
    }
  }
  const timer = setInterval(() => {
    const mine = one().finally(() => waiting.delete(mine))
    waiting.add(mine)
  }, 1000 / RATE)
  return {
    told: () => `${sent} requests, ${failed.length} failed`,
    async stop() {
      clearInterval(timer)
      await Promise.all(waiting)
      return { sent, failed }
    },
  }
}
