import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { until } from '../shared/testing/until.ts'
import { openWorld, signIn, type World } from './testing/world.ts'

let world: World
before(
  async () => {
    world = await openWorld()
  },
  { timeout: 60_000 },
)
after(() => world.close())

test('a guest fills a cart, registers, finds it again, reviews, edits, leaves', async () => {
  const { page, faults } = await world.visit()
  const asked: string[] = []
  page.on('request', (it) => asked.push(new URL(it.url()).pathname))
  await page.goto('/')
  await page.getByRole('link', { name: 'Kitchen' }).click()
  await page.getByRole('heading', { level: 1, name: 'Kitchen' }).waitFor()
  await page.locator('.card h3 a').first().click()
  await page.getByRole('button', { name: 'One more' }).click()
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click()
  await page.getByRole('dialog', { name: 'Your cart' }).waitFor()
  assert.deepEqual(
    asked.filter((it) => /\/(token|users)\//.test(it)),
    [],
    'a guest causes no request of the auth service',
  )
  await page.keyboard.press('Escape')
  const name = `v${randomUUID().slice(0, 8)}`
  await page.getByRole('link', { name: 'Sign in', exact: true }).click()
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.getByLabel('Email').fill(`${name}@example.com`)
  await page.getByLabel('Name shown').fill(name)
  await page.getByLabel('Password').fill('a long walk by the sea')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByText('2 things joined your cart.').waitFor()
  await page.goto('/cart')
  await page.locator('.cart-line').waitFor()
  assert.equal(await page.locator('.qty input').inputValue(), '2')

  await page.goto('/product/nordhem-dining-chair')
  await page.getByRole('button', { name: 'Write a review' }).click()
  await page.locator('.star-input label').nth(3).click()
  await page.getByLabel('In a few words').fill('Good for long dinners')
  await page.getByRole('button', { name: 'Publish review' }).click()
  await page.getByRole('heading', { name: 'Good for long dinners' }).waitFor()
  await page.getByRole('button', { name: 'Your review: Edit' }).click()
  await page.getByLabel('In a few words').fill('Better than I thought')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Better than I thought' }).waitFor()

  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
  assert.doesNotMatch(kept, /eyJ/, 'no token in storage')
  await page.goto('/account/sessions')
  await page.getByText('This browser').waitFor()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByLabel('Sign in').waitFor()
  assert.deepEqual(faults, [])
})

test('Back closes the drawer, undoes one filter, and returns to the pixel with all pages', async () => {
  const { page, faults } = await world.visit()
  await page.goto('/products')
  await page.getByRole('link', { name: 'Load more' }).click()
  await page.waitForFunction(() => document.querySelectorAll('.card').length === 48)
  await page.evaluate(() => scrollTo(0, 2817))
  await page.waitForFunction(() => scrollY === 2817)
  await page.evaluate(() => {
    const links = [...document.querySelectorAll<HTMLElement>('.card h3 a')]
    links.find((it) => it.getBoundingClientRect().top > 200)?.click()
  })
  await page.locator('.buy h1').waitFor()
  await page.goBack()
  await page.waitForFunction(() => scrollY === 2817)
  assert.equal(await page.locator('.card').count(), 48)

  await page.goto('/products')
  await page.getByRole('link', { name: 'In stock only' }).click()
  await page.waitForURL('**/products?stock=1')
  await page.goBack()
  await page.waitForURL((url) => url.search === '')
  await page.getByRole('link', { name: /^Cart,/ }).click()
  await page.getByRole('dialog').waitFor()
  await page.goBack()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.deepEqual(faults, [])
})

test('two tabs show one cart; a removed line can be had back', async () => {
  const { page, context, faults } = await world.visit()
  await page.goto('/product/sonora-column-cactus')
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click()
  await page.getByRole('dialog').waitFor()
  const other = await context.newPage()
  await other.goto('/cart')
  await other.locator('.cart-line').waitFor()
  await other.getByRole('button', { name: /^Remove/ }).click()
  await page.getByRole('dialog').getByText('Your cart is empty').waitFor()
  await other.getByRole('button', { name: 'Undo' }).click()
  await page.locator('.cart-line').waitFor()
  assert.deepEqual(faults, [])
})

test('a shop in Polish and in the dark is so from the first byte', async () => {
  const { page, faults } = await world.visit()
  await page.goto('/')
  await page.getByRole('button', { name: 'Theme and language' }).click()
  await page.getByText('Dark', { exact: true }).click()
  await page.getByText('Polski').click()
  await page.getByRole('link', { name: 'Wszystkie produkty' }).waitFor()
  const answer = await page.request.get('/products')
  assert.match(await answer.text(), /<html lang="pl" data-theme="dark">[\s\S]*Wszystkie produkty/)
  await page.goto('/products')
  await page.getByText(/154 produkty/).waitFor()
  assert.deepEqual(faults, [])
})

test('two products of one name: the cart and one’s reviews lead to the right one', async () => {
  const { page, faults } = await world.visit()
  const staff = await world.house.guest({ staff: true })
  const make = async (name: string) => {
    const body = { name, description: 'Of one name', price: '7.00', stock_count: 9 }
    return (await world.house.call('POST', '/api/v1/products/', { as: staff, body })).body
  }
  const first = await make('Twin vase')
  const second = await make('Twin vase')
  assert.equal(second.slug, `${first.slug}-2`)
  await page.goto(`/product/${second.slug}`)
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Twin vase' }).waitFor()
  await page.goto('/cart')
  await page.getByRole('link', { name: 'Twin vase' }).click()
  await page.waitForURL(`**/product/${second.slug}`)
  await page.getByRole('heading', { level: 1, name: 'Twin vase' }).waitFor()
  await page.goBack()
  await page.waitForURL('**/cart')

  // As from a mail, in a new tab, and without script.
  const ask = (path: string, status: number) =>
    // A server that gets no answer in time leaves it to the browser to find out.
    until(async () => {
      const answer = await page.request.get(path, { maxRedirects: 0 })
      return answer.status() === status ? answer : undefined
    })
  const answer = await ask(`/product/by-id/${second.id}?view=1`, 302)
  assert.equal(answer.headers().location, `/product/${second.slug}?view=1`)
  await ask('/product/by-id/2000000000', 404)
  await page.goto(`/product/by-id/${first.id}#reviews`)
  await page.waitForURL(`**/product/${first.slug}#reviews`)

  const body = { product_id: second.id, rating: 4, title: 'Mine', comment: 'The second one' }
  await world.house.call('POST', '/api/v1/reviews/', { as: staff, body })
  await signIn(page, staff, '/account/reviews')
  await page.locator('.review').getByRole('link', { name: 'Twin vase' }).click()
  await page.waitForURL(`**/product/${second.slug}#reviews`)
  assert.deepEqual(faults, [])
})
