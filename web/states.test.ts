import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openWorld, type World } from './testing/world.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

let world: World
before(
  async () => {
    world = await openWorld()
  },
  { timeout: 60_000 },
)
after(() => world.close())

type Axe = {
  run(options: object): Promise<{
    violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[]
  }>
}

/** What axe finds, each with the place it found it at. */
async function violations(
  page: Page,
  runOnly: object = { type: 'tag', values: tags },
): Promise<string[]> {
  const isThere = await page.evaluate(() => 'axe' in globalThis)
  if (!isThere) await page.evaluate(axe)
  // What is on its way in is judged when it has arrived.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((it) => it.effect?.getTiming().iterations !== Infinity)
        .map((it) => it.finished.catch(() => {})),
    ),
  )
  return page.evaluate(async (only) => {
    const { axe } = globalThis as unknown as { axe: Axe }
    const { violations } = await axe.run({ runOnly: only })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((it) => `${id} at ${it.target}: ${it.failureSummary}`),
    )
  }, runOnly)
}

const routes = [
  '/',
  '/products',
  '/category/4-kitchen?stock=1',
  '/products?q=zzzz',
  '/product/sonora-column-cactus',
  '/cart',
  '/sign-in',
  '/register',
  '/status',
  '/nowhere',
]

for (const width of [390, 1280])
  test(`axe finds nothing at ${width} px, by day and by night`, async () => {
    const { page, context, faults } = await world.visit({
      viewport: { width, height: 900 },
      reducedMotion: 'reduce',
    })
    const found: string[] = []
    const look = async (where: string) => {
      found.push(...(await violations(page)).map((it) => `${where}: ${it}`))
      await page.emulateMedia({ colorScheme: 'dark' })
      // Nothing but the colours differs.
      const dark = await violations(page, { type: 'rule', values: ['color-contrast'] })
      found.push(...dark.map((it) => `${where}, dark: ${it}`))
      await page.emulateMedia({ colorScheme: 'light' })
      const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      if (isWide) found.push(`${where}: scrolls sideways`)
    }
    for (const route of routes) {
      await page.goto(route)
      await page.locator('[role=combobox]').waitFor()
      await look(route)
    }
    await page.locator('[role=combobox]').fill('chair')
    await page.getByRole('option').first().waitFor()
    await look('search')
    await page.goto('/product/nordhem-dining-chair')
    await page.getByRole('button', { name: 'Add to cart', exact: true }).click()
    await page.locator('dialog .cart-line').waitFor()
    await look('drawer')
    await page.goto('/register')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.locator('.field-fault').first().waitFor()
    await look('faults of a form')
    await page.route('**/api/v1/products/**', () => {})
    await page.goto('/products?min=1.23')
    await page.locator('h1').waitFor()
    await look('loading')
    await context.close()
    assert.deepEqual(found, [])
    assert.deepEqual(faults, [])
  })

test('nothing scrolls sideways at 320 px', async () => {
  const { page } = await world.visit({ viewport: { width: 320, height: 700 } })
  for (const route of routes) {
    await page.goto(route)
    await page.locator('[role=combobox]').waitFor()
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), route)
  }
})

test('a service that is down takes its region, says so, and heals without a reload', async () => {
  const { page } = await world.visit()
  for (const [service, path, name] of [
    ['review', '/product/nordhem-dining-chair', 'review'],
    ['product', '/products', 'product'],
    ['cart', '/cart', 'cart'],
  ] as const) {
    await page.goto('/')
    await page.evaluate(() => localStorage.setItem('souk.cart', '1'))
    world.kill(service)
    await page.goto(path)
    await page.getByText(`The ${name} service is resting`).waitFor({ timeout: 20_000 })
    await page.getByText(/Request \S+/).waitFor()
    assert.ok(await page.locator('[role=combobox]').isVisible())
    if (service === 'review')
      assert.ok(await page.getByRole('button', { name: 'Add to cart', exact: true }).isEnabled())
    assert.deepEqual(await violations(page), [])
    world.revive(service)
    await page
      .getByText(`The ${name} service is resting`)
      .waitFor({ state: 'detached', timeout: 25_000 })
  }
})

test('without a network, pages that were seen open, and others say why they do not', async () => {
  const { page, context } = await world.visit()
  await page.goto('/')
  await page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await page.goto('/product/sonora-column-cactus')
  await page.locator('.buy h1').waitFor()
  await page.getByRole('link', { name: 'All products' }).first().click()
  await page.locator('.card').first().waitFor()
  await page.goBack()
  await page.locator('.buy h1').waitFor()
  await page.goForward()
  await page.locator('.card').first().waitFor()
  await context.setOffline(true)
  await page.getByText('You are offline.').waitFor()
  await page.reload()
  await page.locator('.card').first().waitFor()
  await page.goto('/category/4-kitchen')
  await page.locator('.fault').waitFor()
  await context.setOffline(false)
  await page.locator('.card').first().waitFor({ timeout: 25_000 })
})

test('a page is whole before any script has run', async () => {
  const { page } = await world.visit({ javaScriptEnabled: false })
  await page.goto('/product/nordhem-dining-chair')
  assert.equal(await page.locator('h1').textContent(), 'Nordhem dining chair')
  assert.ok((await page.locator('.review').count()) > 0)
  await page.goto('/products')
  assert.equal(await page.locator('.card').count(), 24)
  await page.getByRole('link', { name: 'Load more' }).click()
  assert.equal(await page.locator('.card').count(), 48)
})

test('nothing on a page moves once it has been shown', async () => {
  for (const width of [390, 1280]) {
    const { page, context } = await world.visit({ viewport: { width, height: 900 } })
    await page.addInitScript(() => {
      const seen = globalThis as unknown as { moved: number }
      seen.moved = 0
      new PerformanceObserver((list) => {
        for (const it of list.getEntries() as (PerformanceEntry & { value: number })[])
          seen.moved += it.value
      }).observe({ type: 'layout-shift', buffered: true })
    })
    for (const path of ['/', '/products', '/product/nordhem-dining-chair']) {
      await page.goto(path, { waitUntil: 'networkidle' })
      const moved = await page.evaluate(() => (globalThis as unknown as { moved: number }).moved)
      assert.ok(moved <= 0.01, `${path} at ${width} px moved by ${moved}`)
    }
    await context.close()
  }
})
