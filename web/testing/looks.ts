import type { Page, Route } from 'playwright-core'
import { violations } from './axe.ts'
import type { Visit, World } from './world.ts'

/** How the services answer: as they do, never, with a fault, or with nothing in it. */
export type Answers = 'whole' | 'never' | 'fault' | 'nothing'

const status = [
  {
    name: 'product',
    instances: [
      { url: 'http://10.0.0.7:8002', up: true, version: '1.0.0', ms: 2 },
      { url: 'http://10.0.0.8:8002', up: false },
    ],
  },
  { name: 'review', instances: [] },
]
const summary = { mean: null, count: 0, histogram: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 } }
const facets = { categories: [], prices: [] }
const nothing = { count: 0, next: null, previous: null, results: [], summary, facets }

/** Each route, by state: what is there when it is ready to be looked at. */
export type Routes = [path: string, states: Partial<Record<Answers, string>>][]

/** Has axe look at pages of one width, by day and by night, and keeps what it finds. */
export class Looks {
  readonly #world: World
  readonly width: number
  readonly found: string[] = []
  count = 0

  constructor(world: World, width: number) {
    this.#world = world
    this.width = width
  }

  async open(): Promise<Visit> {
    const visit = await this.#world.visit({
      viewport: { width: this.width, height: 900 },
      reducedMotion: 'reduce',
      // Its requests would pass by the answers made here.
      serviceWorkers: 'block',
    })
    visit.page.setDefaultTimeout(30_000)
    return visit
  }

  async at(page: Page, where: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      // What has been scrolled under the header is half hidden, and small for it.
      await page.evaluate(() => scrollTo(0, 0))
      const found = await violations(page)
      this.found.push(...found.map((it) => `${where}, ${colorScheme}: ${it}`))
      this.count++
    }
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
      this.found.push(`${where}: scrolls sideways`)
  }

  /** Every route in each of its states; with what lies above it, where it is whole. */
  async everyState(page: Page, routes: Routes): Promise<void> {
    for (const [path, states] of routes)
      for (const [answers, ready] of Object.entries(states)) {
        await this.answer(page, answers as Answers)
        try {
          await page.goto(path, { waitUntil: 'commit' })
          await page.locator('[role=combobox]').waitFor()
          await page.locator(ready).first().waitFor()
          // Words may be there before their styles.
          await page.waitForLoadState('load')
          await this.at(page, `${path}, ${answers}`)
          if (answers === 'whole') await this.#above(page, path)
        } catch (error) {
          this.found.push(`${path}, ${answers}: could not be looked at: ${error}`)
        }
      }
    await this.answer(page, 'whole')
  }

  /** What lies above a page: the choice of theme and language, and the cart. */
  async #above(page: Page, path: string): Promise<void> {
    await page.getByRole('button', { name: 'Theme and language' }).click()
    await page.locator('#settings').waitFor()
    await this.at(page, `${path}, settings open`)
    await page.keyboard.press('Escape')
    if (path === '/cart') return
    await page.getByRole('link', { name: /^Cart,/ }).click()
    await page.locator('dialog .total, dialog .notice').waitFor()
    await this.at(page, `${path}, drawer open`)
  }

  /** From now on the page comes without its data, and the services answer so. */
  async answer(page: Page, answers: Answers): Promise<void> {
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.route('**/status.json', (route) => reply(route, answers, status))
    if (answers === 'whole') return
    const shell = `${this.#world.base}/shell`
    await page.route(
      (url) => !/^\/(api|assets)\/|\./.test(url.pathname),
      async (route) => route.fulfill({ response: await route.fetch({ url: shell }) }),
    )
    await page.route(/\/api\/v1\/(?!token|media)/, (route) => reply(route, answers))
  }
}

async function reply(route: Route, answers: Answers, whole: unknown = undefined): Promise<void> {
  const { pathname } = new URL(route.request().url())
  if (answers === 'never') return
  if (answers === 'whole') return route.fulfill({ json: whole })
  if (answers === 'fault') {
    const json = { title: 'Internal error', status: 500, code: 'internal' }
    const headers = { 'content-type': 'application/problem+json', 'x-request-id': '0197-7f3c' }
    return route.fulfill({ status: 500, headers, json })
  }
  if (pathname.startsWith('/api/v1/products/by-slug/'))
    return route.fulfill({ status: 404, json: { status: 404, code: 'not_found' } })
  if (pathname.startsWith('/api/v1/cart/'))
    return route.fulfill({ json: { items: [], total: '0.00', item_count: 0 } })
  if (/subcategories/.test(pathname)) return route.continue()
  return route.fulfill({ json: pathname === '/status.json' ? [] : nothing })
}
