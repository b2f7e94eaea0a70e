import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { testServer } from '../../shared/testing/database.ts'
import { freePorts } from '../../shared/testing/shop.ts'
import { type Kit, openKit } from './kit-lab.ts'

// Every command that README.md and docs/functions.md show, as they show it, on a shop with its demo.

const root = join(import.meta.dirname, '../..')

/** These stay until they are ended, or install; each is held elsewhere. */
const ELSEWHERE: Record<string, string> = {
  'npm ci && npm start': 'bench/tables/weight.ts starts it; .ci/run installs',
  'npm ci && npm test': '.ci/run',
  'npm run dev': 'dev.test.ts, and the shop of this test',
  'npm run dev -- product --inspect': 'dev-web.test.ts',
  "npm run invoke -- GET '/api/v1/products/?limit=1' --inspect-brk": 'debug.test.ts',
}

let kit: Kit
let from: number
let port: number

before(async () => {
  kit = await openKit({ copy: true })
  rmSync(join(kit.environment.SOUK_HOME ?? '', 'seeded'))
  ;[port = 0] = await freePorts(1)
  from = 26_000 + (process.pid % 300) * 10
  const ports = ['--port', String(port), '--services-from', String(from)]
  await kit.launch(['dev', ...ports]).says(/The shop is open/, 240_000)
  const tea = { name: 'Tea', description: 'Hot.', price: '3.50', stock_count: 2 }
  writeFileSync(join(kit.folder, 'product.json'), JSON.stringify(tea))
})
after(() => kit.close())

for (const file of ['README.md', 'docs/functions.md'])
  for (const command of commandsOf(readFileSync(join(root, file), 'utf8')))
    if (!Object.hasOwn(ELSEWHERE, command))
      test(`${file}: ${command.replaceAll('\n', ' ')}`, { timeout: 120_000 }, async () => {
        const { code, out, err } = await shell(await here(command))
        // One shows how a function refuses what is bad.
        assert.equal(code, command.includes('--bad') ? 1 : 0, `${out}\n${err}`)
        if (!command.includes('>')) assert.notEqual(out.trim(), '', err)
      })

/** Of all shell blocks, one by one; lines that end with a backslash go on. */
function commandsOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  return blocks
    .flatMap((block) => block.split(/(?<!\\)\n/))
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** The same on this test's ports, with what the reader has to put in. */
async function here(command: string): Promise<string> {
  const { shopper } = JSON.parse(
    readFileSync(join(kit.environment.SOUK_HOME ?? '', 'demo.json'), 'utf8'),
  )
  let text = command
    .replace(/\bcurl /g, 'curl -sS --fail-with-body ')
    .replace(/localhost:8000/g, `127.0.0.1:${port}`)
    .replace(/localhost:800(\d)/g, (_, last) => `127.0.0.1:${from + Number(last) - 1}`)
    .replace('"password":"…"', `"password":"${shopper.password}"`)
  if (text.includes('REQUEST_ID')) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/products/?limit=1`)
    await answer.arrayBuffer()
    text = text.replace('REQUEST_ID', answer.headers.get('x-request-id') ?? '')
  }
  return text
}

async function shell(command: string): Promise<{ code: number; out: string; err: string }> {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...kit.environment,
    SOUK_TEST_POSTGRES: await testServer(),
  }
  const child = spawn(command, { cwd: kit.folder, env, shell: true })
  const text = { out: '', err: '' }
  child.stdout.on('data', (it) => {
    text.out += it
  })
  child.stderr.on('data', (it) => {
    text.err += it
  })
  const [code] = await once(child, 'close')
  return { code, ...text }
}
