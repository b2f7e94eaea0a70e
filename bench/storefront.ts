import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { freePorts } from '../shared/testing/shop.ts'
import type { Row, Table } from './lab/report.ts'

const root = join(import.meta.dirname, '..')
const TIMES = 5
const START_MS = 180_000

const pages = { home: '/', list: '/products', product: '/product/nordhem-dining-chair' }
/** A phone of the middle class on a slow mobile network. */
const SLOW = { cpu: 4, latency: 150, bytesPerSecond: (1.6 * 1024 * 1024) / 8 }
const gates = { paint: 600, slowPaint: 1600, tap: 50 }

/** Runs in the page: what the browser says of the largest paint and of each tap. */
const observers = `
  globalThis.seen = { paint: 0, what: '', taps: [] }
  new PerformanceObserver((list) => {
    for (const it of list.getEntries()) {
      seen.paint = it.startTime
      seen.what = (it.element?.tagName ?? '').toLowerCase() + (it.url ? ' ' + new URL(it.url).pathname : '')
    }
  }).observe({ type: 'largest-contentful-paint', buffered: true })
  new PerformanceObserver((list) => {
    for (const it of list.getEntries()) if (it.interactionId) seen.taps.push(it.duration)
  }).observe({ type: 'event', durationThreshold: 16, buffered: true })
`
type Seen = { paint: number; what: string; taps: number[] }

/** Largest paint of three pages, and from tap to paint, in Chromium against a shop as `npm start` opens it. */
export async function storefront(): Promise<Table> {
  const shop = await openShop()
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  try {
    const rows: Row[] = []
    for (const [name, path] of Object.entries(pages))
      rows.push(await paint(browser, shop.base + path, `largest paint, ${name}`, gates.paint))
    for (const [name, path] of Object.entries(pages)) {
      const what = `largest paint, ${name}, slow`
      rows.push(await paint(browser, shop.base + path, what, gates.slowPaint, slow))
    }
    for (const [name, tap] of Object.entries(taps))
      rows.push(await tapped(browser, shop.base, name, tap))
    return {
      name: 'storefront',
      title: 'The storefront in Chromium, in milliseconds',
      rows,
      notes: [
        `Medians of ${TIMES}, each with a browser context of its own: nothing kept from before`,
        '“slow”: processor at a quarter, 150 ms to each answer, 1.6 Mbit/s',
        'The browser reports the duration of a tap in steps of 8 ms, and none under 16',
      ],
    }
  } finally {
    await browser.close()
    await shop.stop()
  }
}

async function paint(
  browser: Browser,
  url: string,
  what: string,
  gate: number,
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<Row> {
  const times: number[] = []
  let largest = ''
  for (let at = 0; at < TIMES; at++) {
    const { context, page } = await visit(browser)
    await prepare(page)
    await page.goto(url, { waitUntil: 'networkidle' })
    const seen = await page.evaluate<Seen>('seen')
    times.push(seen.paint)
    largest = seen.what
    await context.close()
  }
  return row(what, times, gate, largest)
}

async function slow(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOW.cpu })
  await devtools.send('Network.enable')
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: SLOW.latency,
    downloadThroughput: SLOW.bytesPerSecond,
    uploadThroughput: SLOW.bytesPerSecond,
  })
}

/** Each opens its page, then gives what to tap. */
const taps: Record<string, (page: Page, base: string) => Promise<() => Promise<void>>> = {
  async add(page, base) {
    await page.goto(base + pages.product, { waitUntil: 'networkidle' })
    return () => page.getByRole('button', { name: 'Add to cart', exact: true }).click()
  },
  async quantity(page, base) {
    await page.goto(base + pages.product, { waitUntil: 'networkidle' })
    await page.getByRole('button', { name: 'Add to cart', exact: true }).click()
    await page.locator('dialog .cart-line').waitFor()
    await page.waitForLoadState('networkidle')
    return () => page.locator('dialog').getByRole('button', { name: 'One more' }).click()
  },
  async filter(page, base) {
    await page.goto(base + pages.list, { waitUntil: 'networkidle' })
    return () => page.getByRole('link', { name: 'In stock only' }).click()
  },
}

async function tapped(
  browser: Browser,
  base: string,
  name: string,
  prepare: (page: Page, base: string) => Promise<() => Promise<void>>,
): Promise<Row> {
  const times: number[] = []
  for (let at = 0; at < TIMES; at++) {
    const { context, page } = await visit(browser)
    const tap = await prepare(page, base)
    await page.evaluate('seen.taps.length = 0')
    await tap()
    await page.waitForLoadState('networkidle')
    // Two frames later the paint after the tap has been reported, if it took long enough to be.
    await page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 200))))',
    )
    times.push(Math.max(0, ...(await page.evaluate<Seen>('seen')).taps))
    await context.close()
  }
  return row(`tap to paint, ${name}`, times, gates.tap)
}

async function visit(browser: Browser): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  await context.addInitScript(observers)
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  return { context, page }
}

function row(what: string, times: number[], gate: number, largest = ''): Row {
  const sorted = times.toSorted((one, other) => one - other)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const text = (ms: number | undefined) => (ms === 0 ? 'under 16' : String(Math.round(ms ?? 0)))
  return {
    measured: what,
    median: text(median),
    least: text(sorted[0]),
    most: text(sorted.at(-1)),
    gate: String(gate),
    kept: median <= gate ? 'yes' : 'NO',
    'what it is': largest,
  }
}

/** Starts the shop as `npm start` does, with a home of its own. */
async function openShop(): Promise<{ base: string; stop: () => Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), 'souk-storefront-'))
  const [port = 0, services = 0] = await freePorts(2)
  const args = ['--port', String(port), '--services-from', String(services)]
  const child = spawn(process.execPath, [join(root, 'functions/cli.ts'), 'start', ...args], {
    cwd: root,
    env: { ...process.env, SOUK_HOME: home, LOGGING_LVL: 'WARN' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(home, { recursive: true, force: true })
  }
  try {
    await new Promise<void>((resolve, reject) => {
      let said = ''
      const late = setTimeout(() => reject(new Error(`not open in time: ${said}`)), START_MS)
      child.stdout.on('data', (text: Buffer) => {
        said += text
        if (!said.includes('The shop is open')) return
        clearTimeout(late)
        resolve()
      })
      child.once('exit', () => reject(new Error(`ended before it was open: ${said}`)))
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { base: `http://localhost:${port}`, stop }
}
