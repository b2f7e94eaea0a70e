import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { freePorts } from '../../shared/testing/shop.ts'
import { until } from '../../shared/testing/until.ts'
import { attach, sourceMapOf } from './debugger-lab.ts'
import { type Kit, type Launched, openKit } from './kit-lab.ts'

// `npm run dev -- product --inspect`, as a browser and a debugger see it.

let kit: Kit
let dev: Launched
let base: string
let inspect: number
let browser: Browser
let page: Page

before(async () => {
  kit = await openKit({ copy: true })
  const [port = 0, debugPort = 0] = await freePorts(2)
  const from = 30_000 + (process.pid % 200) * 10
  base = `http://127.0.0.1:${port}`
  inspect = debugPort
  const ports = ['--port', String(port), '--services-from', String(from)]
  dev = kit.launch(['dev', 'product', `--inspect=${inspect}`, ...ports])
  await dev.says(/The shop is open/, 90_000)
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  page = await browser.newPage()
  page.setDefaultTimeout(60_000)
})
after(async () => {
  await browser?.close()
  await kit.close()
})

const FILE = /functions\/product\/get-product\.ts$/
const source = (path: string) => join(kit.folder, path)
const change = (path: string, from: string, to: string) => {
  const text = readFileSync(source(path), 'utf8')
  const changed = text.replace(from, to)
  assert.notEqual(changed, text, `${path} holds ${from}`)
  writeFileSync(source(path), changed)
  return () => writeFileSync(source(path), text)
}

test('a saved web component is in the browser without a hand on it', async () => {
  await page.goto(base)
  const list = page.locator('#search-list')
  await list.first().waitFor({ state: 'attached' })
  change(
    'web/src/elements/shop-search.ts',
    '<ul id="search-list"',
    '<ul data-saved id="search-list"',
  )
  await page.locator('#search-list[data-saved]').first().waitFor({ state: 'attached' })
})

test('what cannot be built lies over the page with its place, until it is mended', async () => {
  await page.goto(base)
  await page.locator('#search-list').first().waitFor({ state: 'attached' })
  const mend = change('functions/product/get-product.ts', 'export const', 'const = 1; export const')
  const overlay = page.locator('vite-error-overlay')
  await overlay.waitFor({ state: 'attached' })
  const text = await overlay.locator('.message-body').textContent()
  assert.match(text ?? '', /functions\/product\/get-product\.ts:\d+:\d+/)
  mend()
  await overlay.waitFor({ state: 'detached' })
})

test('a debugger stops in the TypeScript of a running service, also after a save', async () => {
  const target = '/api/v1/products/2000000000/'
  for (const round of ['as started', 'as saved']) {
    if (round === 'as saved') {
      change('functions/product/get-product.ts', "fail('not_found')", "fail('not_found', 'saved')")
      await dev.says(/product replaced in \d+ ms: functions\/product\/get-product\.ts/)
    }
    const debug = await attach(await debuggerAt(inspect))
    await debug.send('Runtime.enable')
    await debug.send('Debugger.enable')
    const lines = readFileSync(source('functions/product/get-product.ts'), 'utf8').split('\n')
    const line = lines.findIndex((it) => it.includes("fail('not_found'"))
    const script = await until(() => debug.script(/host-[\d.]+\.mjs$/), 20)
    const map = sourceMapOf(script)
    const place = map.built(FILE, line)
    assert.ok(place, 'the line is in what was built')
    await debug.send('Debugger.setBreakpoint', { location: { scriptId: script.id, ...place } })
    const answer = fetch(base + target)
    const stopped = await debug.paused()
    assert.equal(stopped.url, script.url)
    const origin = map.origin(stopped.line, stopped.column)
    assert.match(origin?.file ?? '', FILE)
    assert.equal(origin?.line, line, round)
    await debug.send('Debugger.resume')
    assert.equal((await answer).status, 404)
    debug.close()
  }
})

/** Where Node tells of itself; the process before holds the port until it has ended. */
function debuggerAt(port: number): Promise<string> {
  return until(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`).catch(() => undefined)
    const text = (await answer?.text()) ?? '[]'
    const [target]: { webSocketDebuggerUrl?: string }[] = JSON.parse(text)
    return target?.webSocketDebuggerUrl
  }, 20)
}
