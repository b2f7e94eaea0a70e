import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { views } from './testing/widths.ts'
import { openWorld, signIn, type World } from './testing/world.ts'

let world: World
before(
  async () => {
    world = await openWorld()
  },
  { timeout: 60_000 },
)
after(() => world.close())

/** By links alone, as one visit: what a reload would mend does not count. */
async function toProduct(page: Page): Promise<void> {
  await page.locator('.logo').click()
  await page.getByRole('link', { name: 'Kitchen', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Kitchen' }).waitFor()
  await page.locator('.card h3 a').first().click()
  await page.locator('.buy h1').waitFor()
}

const add = (page: Page) => page.getByRole('button', { name: 'Add to cart', exact: true }).click()
/** Closes the drawer, which opens when the service has taken what was added. */
async function close(page: Page): Promise<void> {
  await page.getByRole('dialog').locator('.cart-line').first().waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}
const rests = (page: Page, service: string) => page.getByText(`The ${service} service is resting`)
const count = (page: Page, things: string) =>
  page.getByRole('link', { name: `Cart, ${things}` }).waitFor()

for (const [view, options] of Object.entries(views)) {
  test(`${view}: without the account service guests shop on; a sign-in says what rests, and heals`, async () => {
    const person = await world.house.guest()
    const { page, context, faults } = await world.visit(options)
    await page.goto('/')
    world.kill('auth')
    await toProduct(page)
    await add(page)
    await page.getByRole('dialog').getByRole('button', { name: 'One more' }).click()
    await count(page, '2 things')
    await close(page)
    await page.getByRole('link', { name: 'Sign in', exact: true }).click()
    await page.getByLabel('Email').fill(person.email)
    await page.getByLabel('Password').fill(person.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await rests(page, 'account').waitFor()
    world.revive('auth')
    await page.getByText('The account service is back').waitFor({ timeout: 60_000 })
    assert.equal(await page.getByLabel('Email').inputValue(), person.email)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('2 things joined your cart.').waitFor()

    // Who is in stays in, and shops on with the token there is.
    world.kill('auth')
    await toProduct(page)
    await add(page)
    await count(page, '3 things')
    await close(page)
    await page.getByRole('link', { name: /^Account/ }).click()
    await page.getByRole('link', { name: 'Sessions', exact: true }).click()
    await rests(page, 'account').waitFor()
    world.revive('auth')
    await page.locator('.rows').waitFor({ timeout: 60_000 })

    // A page that begins without it finds out later who is there.
    world.kill('auth')
    await page.goto('/products')
    await page.locator('.card').first().waitFor()
    await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor()
    world.revive('auth')
    await page.getByRole('link', { name: /^Account/ }).waitFor({ timeout: 60_000 })
    await count(page, '3 things')
    assert.deepEqual(faults, [])
    await context.close()
  })

  test(`${view}: without the product service the rest of the page stands, and goods come back by themselves`, async () => {
    const { page, context, faults } = await world.visit(options)
    await page.goto('/')
    await toProduct(page)
    await add(page)
    await close(page)
    await page.locator('.logo').click()
    await page.locator('.tile').first().waitFor()
    world.kill('product')
    await page.getByRole('link', { name: 'Garden & gifts', exact: true }).click()
    await rests(page, 'product').waitFor({ timeout: 60_000 })
    await page.getByRole('link', { name: /^Cart,/ }).click()
    await close(page)
    world.revive('product')
    await page.locator('.card').first().waitFor({ timeout: 60_000 })
    assert.equal(await rests(page, 'product').count(), 0)
    assert.deepEqual(faults, [])
    await context.close()
  })

  test(`${view}: without the cart service nothing is said to be in a cart that is not`, async () => {
    const { page, context, faults } = await world.visit(options)
    await page.goto('/')
    await toProduct(page)
    world.kill('cart')
    await add(page)
    await page.locator('.toast', { hasText: 'The cart service is resting' }).waitFor()
    await count(page, '0 things')
    world.revive('cart')
    await page.getByRole('button', { name: 'Try again' }).first().click()
    await count(page, '1 thing')
    assert.deepEqual(faults, [])
    await context.close()
  })

  test(`${view}: without the review service goods are sold; what was written stays in its form`, async () => {
    const person = await world.house.guest()
    const { page, context, faults } = await world.visit(options)
    await signIn(page, person, '/products')
    await page.locator('.logo').click()
    await page.locator('.tile').first().waitFor()
    world.kill('review')
    await toProduct(page)
    await rests(page, 'review').waitFor({ timeout: 60_000 })
    await add(page)
    await count(page, '1 thing')
    await close(page)
    world.revive('review')
    await page.getByRole('button', { name: 'Write a review' }).click({ timeout: 60_000 })
    await page.locator('.star-input label').nth(4).click()
    await page.getByLabel('In a few words').fill(`As on the ${view}`)
    world.kill('review')
    await page.getByRole('button', { name: 'Publish review' }).click()
    await page.locator('.review-form').getByText('The review service is resting').waitFor()
    assert.equal(await page.getByLabel('In a few words').inputValue(), `As on the ${view}`)
    world.revive('review')
    await page.getByRole('button', { name: 'Publish review' }).click()
    await page.getByRole('heading', { name: `As on the ${view}` }).waitFor()
    assert.deepEqual(faults, [])
    await context.close()
  })
}
