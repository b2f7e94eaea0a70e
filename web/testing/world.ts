import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { type House, openHouse, type Person } from '../../functions/auth/testing/house.ts'
import { services } from '../../functions/catalog.ts'
import { seedDemo } from '../../functions/product/seed.ts'
import { seedDemoReviews } from '../../functions/review/seed.ts'
import { startGateway } from '../../gateway/gateway.ts'
import { storefront } from '../../gateway/storefront.ts'
import { gatewayTable } from '../../shared/derive/gateway.ts'
import { allowing } from '../../shared/testing/until.ts'
import { stackHouse } from './stack-house.ts'

/** A visitor's browser; what went wrong in it is kept, and must be nothing at the end. */
export type Visit = { page: Page; context: BrowserContext; faults: string[] }

export type World = {
  house: House
  base: string
  visit(options?: Parameters<Browser['newContext']>[0]): Promise<Visit>
  /** Takes a service away from behind the gateway, and brings it back. */
  kill(service: string): void
  revive(service: string): void
  close(): Promise<void>
}

/** However busy the machine: what takes longer will not come. */
const MOST_MS = 60_000
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9'

/** Builds the storefront as it ships, into a folder of its own. */
export async function buildStorefront(): Promise<{ folder: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'souk-web-'))
  const configFile = join(import.meta.dirname, '../vite.config.ts')
  await build({ configFile, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } })
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/**
 * A shop that runs already at SOUK_STACK, with the demo's goods and nothing else in it: what the
 * journeys need, by the same doors as everybody.
 */
async function openStack(base: string): Promise<World> {
  const browser = await launch()
  const noWay = () => {
    throw new Error('a running shop is not taken apart')
  }
  return {
    // The API alone gives no more of it, and the journeys use no more.
    house: stackHouse(base) as House,
    base,
    visit: (options) => visitBy(browser, base, options),
    kill: noWay,
    revive: noWay,
    close: () => browser.close(),
  }
}

/** The system's Chromium. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
}

async function visitBy(
  browser: Browser,
  base: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visit> {
  const context = await browser.newContext({ baseURL: base, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(Math.min(MOST_MS, allowing(10_000)))
  return { page, context, faults: listen(page) }
}

/** The whole shop with its demo goods: four services, their databases, gateway, storefront, browser. */
export async function openWorld(environment: Record<string, string> = {}): Promise<World> {
  if (process.env.SOUK_STACK) return openStack(process.env.SOUK_STACK)
  const others = services.filter((it) => it.name !== 'auth')
  const [house, built, browser] = await Promise.all([
    openHouse(others, environment),
    buildStorefront(),
    launch(),
  ])
  await seedDemoReviews(await seedDemo())
  const { shop } = house
  const gateway = await startGateway({
    port: 0,
    address: '127.0.0.1',
    routes: gatewayTable(services),
    instances: (name) => [shop.url('host', name)],
    storefront: storefront({ folder: built.folder, api: () => base() }),
  })
  const base = () => `http://localhost:${gateway.port}`
  return {
    house,
    base: base(),
    visit: (options) => visitBy(browser, base(), options),
    kill: (name) => gateway.instancesOf(name)?.set([NOWHERE]),
    revive: (name) => gateway.instancesOf(name)?.set([shop.url('host', name)]),
    async close() {
      await browser.close()
      await gateway.close()
      await shop.close()
      built.remove()
    },
  }
}

/** Signs in by the form, and waits until it leads on to `to`. */
export async function signIn(
  page: Page,
  { email, password }: Pick<Person, 'email' | 'password'>,
  to = '/account',
): Promise<void> {
  await page.goto(`/sign-in?to=${encodeURIComponent(to)}`)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(({ pathname, search }) => pathname + search === to)
}

/** Errors of scripts, violations of the policy, whatever the console complains of. */
export function listen(page: Page): string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    // An answer that is no success is told there too; the tests see what the page makes of it.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      faults.push(message.text())
  })
  return faults
}
