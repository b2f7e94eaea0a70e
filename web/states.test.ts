import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { violations } from './testing/axe.ts'
import { openWorld, type World } from './testing/world.ts'

let world: World
before(
  async () => {
    world = await openWorld()
  },
  { timeout: 60_000 },
)
after(() => world.close())

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
    await page.getByText(`The ${name} service is resting`).waitFor({ timeout: 60_000 })
    await page.getByText(/Request \S+/).waitFor()
    assert.ok(await page.locator('[role=combobox]').isVisible())
    if (service === 'review')
      assert.ok(await page.getByRole('button', { name: 'Add to cart', exact: true }).isEnabled())
    assert.deepEqual(await violations(page), [])
    world.revive(service)
    await page
      .getByText(`The ${name} service is resting`)
      .waitFor({ state: 'detached', timeout: 60_000 })
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
  await page.locator('.card').first().waitFor({ timeout: 60_000 })
})

test('without a network nothing is put into the cart, and the shop says so', async () => {
  const { page, context } = await world.visit()
  await page.goto('/product/sonora-column-cactus')
  await page.getByRole('button', { name: 'One more' }).waitFor()
  await context.setOffline(true)
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click()
  await page.getByText('You are offline. Nothing was changed.').waitFor()
  await page.getByRole('link', { name: 'Cart, 0 things' }).waitFor()
  await context.setOffline(false)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('link', { name: 'Cart, 1 thing' }).waitFor()
})

test('what was looked at is on the first page, newest first', async () => {
  const { page } = await world.visit()
  for (const slug of ['sonora-column-cactus', 'nordhem-dining-chair']) {
    await page.goto(`/product/${slug}`)
    await page.getByRole('button', { name: 'One more' }).waitFor()
  }
  await page.goto('/')
  const shelf = page.locator('section', {
    has: page.getByRole('heading', { name: 'You looked at' }),
  })
  await shelf.locator('.card').nth(1).waitFor()
  const names = await shelf.locator('h3').allTextContents()
  assert.deepEqual(names, ['Nordhem dining chair', 'Sonora column cactus'])
})

test('a password can be looked at while it is typed', async () => {
  const { page } = await world.visit()
  await page.goto('/sign-in')
  const field = page.getByLabel('Password')
  await field.fill('a long walk')
  await page.getByRole('button', { name: 'Show what is typed' }).click()
  assert.equal(await field.getAttribute('type'), 'text')
  assert.equal(await field.inputValue(), 'a long walk')
  await page.getByRole('button', { name: 'Show what is typed', pressed: true }).click()
  assert.equal(await field.getAttribute('type'), 'password')
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
