import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page, Route } from 'playwright-core'
import type { Person } from '../functions/auth/testing/house.ts'
import { violations } from './testing/axe.ts'
import { openWorld, type World } from './testing/world.ts'

let world: World
let member: Person
before(
  async () => {
    world = await openWorld()
    member = await world.house.guest()
  },
  { timeout: 60_000 },
)
after(() => world.close())

const PRODUCT = '/product/nordhem-dining-chair'
const ghost = '.ghost'
const fault = '.fault'
const notice = '.notice'

/** How the services answer: as they do, never, with a fault, or with nothing in it. */
type Answers = 'whole' | 'never' | 'fault' | 'nothing'

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

/** Each route of the shopper, by state: what is there when it is ready to be looked at. */
const guestRoutes: [path: string, states: Partial<Record<Answers, string>>][] = [
  ['/', { whole: '.card', never: ghost, fault, nothing: '.hero' }],
  ['/products', { whole: '.card', never: ghost, fault, nothing: notice }],
  ['/category/4-kitchen?stock=1', { whole: '.card', never: ghost, fault, nothing: notice }],
  [PRODUCT, { whole: '.review', never: ghost, fault, nothing: notice }],
  ['/sign-in', { whole: 'form.form' }],
  ['/register', { whole: 'form.form' }],
  ['/account', { whole: notice }],
  ['/status', { whole: '.service', never: ghost, fault, nothing: 'main h1' }],
  ['/nowhere', { whole: notice }],
  ['/cart', { whole: '.cart-line', never: ghost, fault, nothing: notice }],
]
const memberRoutes: typeof guestRoutes = [
  ['/account', { whole: '.danger', never: ghost, fault }],
  ['/account/password', { whole: '#password' }],
  ['/account/sessions', { whole: '.rows', never: ghost, fault }],
  ['/account/reviews', { whole: '.review', never: ghost, fault, nothing: notice }],
]

for (const width of [390, 1280])
  test(`axe finds nothing at ${width} px in any state, by day and by night`, async () => {
    const looks = new Looks(width)
    await Promise.all([asGuest(looks), asMember(looks)])
    console.log(`${looks.count} states and themes looked at`)
    assert.deepEqual(looks.found, [])
  })

class Looks {
  readonly width: number
  readonly found: string[] = []
  count = 0

  constructor(width: number) {
    this.width = width
  }

  async open() {
    const visit = await world.visit({
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
}

async function asGuest(looks: Looks): Promise<void> {
  const { page, context, faults } = await looks.open()
  await page.goto('/status')
  await page.evaluate(async () => {
    const body = JSON.stringify({ product_id: 1, quantity: 2 })
    const headers = { 'content-type': 'application/json' }
    await fetch('/api/v1/cart/add/', { method: 'POST', headers, body })
  })
  // An empty answer lets the browser forget that there is a cart to ask for.
  await page.addInitScript(() => localStorage.setItem('souk.cart', '2'))
  await everyState(looks, page, guestRoutes)
  await page.goto('/')
  await page.locator('[role=combobox]').fill('chair')
  await page.getByRole('option').first().waitFor()
  await looks.at(page, 'search')
  for (const [path, submit] of [
    ['/sign-in', 'Sign in'],
    ['/register', 'Create account'],
  ] as const) {
    await page.goto(path)
    await page.getByRole('button', { name: submit }).click()
    await page.locator('.field-fault').first().waitFor()
    await looks.at(page, `${path}, refused here`)
  }
  await answer(page, 'fault')
  await page.goto('/sign-in')
  await page.getByLabel('Email').fill('a@example.com')
  await page.getByLabel('Password').fill('something long')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.form-fault').waitFor()
  await looks.at(page, '/sign-in, refused there')
  await context.close()
  looks.found.push(...faults)
}

async function asMember(looks: Looks): Promise<void> {
  const { page, context, faults } = await looks.open()
  const review = { product_id: 1, rating: 2, title: 'Wobbles', comment: 'On any floor' }
  await world.house.call('POST', '/api/v1/reviews/', { as: member, body: review })
  await page.goto('/sign-in')
  await page.getByLabel('Email').fill(member.email)
  await page.getByLabel('Password').fill(member.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/account')
  await everyState(looks, page, memberRoutes)
  await page.goto('/account')
  await page.locator('.danger summary').click()
  await looks.at(page, 'the end of an account')
  await page.goto(PRODUCT)
  await page.getByRole('button', { name: 'Write a review' }).click()
  await page.getByRole('button', { name: 'Publish review' }).click()
  await page.locator('.field-fault').waitFor()
  await looks.at(page, 'a review without stars')
  await context.close()
  looks.found.push(...faults)
}

async function everyState(looks: Looks, page: Page, routes: typeof guestRoutes): Promise<void> {
  for (const [path, states] of routes)
    for (const [answers, ready] of Object.entries(states)) {
      await answer(page, answers as Answers)
      try {
        await page.goto(path, { waitUntil: 'commit' })
        await page.locator('[role=combobox]').waitFor()
        await page.locator(ready).first().waitFor()
        await looks.at(page, `${path}, ${answers}`)
        if (answers === 'whole') await above(looks, page, path)
      } catch (error) {
        looks.found.push(`${path}, ${answers}: could not be looked at: ${error}`)
      }
    }
  await answer(page, 'whole')
}

/** What lies above a page: the choice of theme and language, and the cart. */
async function above(looks: Looks, page: Page, path: string): Promise<void> {
  await page.getByRole('button', { name: 'Theme and language' }).click()
  await page.locator('#settings').waitFor()
  await looks.at(page, `${path}, settings open`)
  await page.keyboard.press('Escape')
  if (path === '/cart') return
  await page.getByRole('link', { name: /^Cart,/ }).click()
  await page.locator('dialog .total, dialog .notice').waitFor()
  await looks.at(page, `${path}, drawer open`)
}

/** From now on the page comes without its data, and the services answer so. */
async function answer(page: Page, answers: Answers): Promise<void> {
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.route('**/status.json', (route) => reply(route, answers, status))
  if (answers === 'whole') return
  const shell = `${world.base}/shell`
  await page.route(
    (url) => !/^\/(api|assets)\/|\./.test(url.pathname),
    async (route) => route.fulfill({ response: await route.fetch({ url: shell }) }),
  )
  await page.route(/\/api\/v1\/(?!token|media)/, (route) => reply(route, answers))
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
