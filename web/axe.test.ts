import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Person } from '../functions/auth/testing/house.ts'
import { Looks, type Routes } from './testing/looks.ts'
import { openWorld, signIn, type World } from './testing/world.ts'

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

const guestRoutes: Routes = [
  ['/', { whole: '.card', never: ghost, fault, nothing: '.hero' }],
  ['/products', { whole: '.card', never: ghost, fault, nothing: notice }],
  ['/category/4-kitchen?stock=1', { whole: '.card', never: ghost, fault, nothing: notice }],
  [PRODUCT, { whole: '.review', never: ghost, fault, nothing: notice }],
  ['/sign-in', { whole: 'form.form' }],
  ['/register', { whole: 'form.form' }],
  ['/account', { whole: notice }],
  ['/status', { whole: '.service', never: ghost, fault, nothing: 'main h1' }],
  ['/nowhere', { whole: notice }],
  ['/products?q=zzzzqq', { whole: notice }],
  ['/product/was-never-sold', { whole: notice }],
  ['/cart', { whole: '.cart-line', never: ghost, fault, nothing: notice }],
]
const memberRoutes: Routes = [
  ['/account', { whole: '.danger', never: ghost, fault }],
  ['/account/password', { whole: '#password' }],
  ['/account/sessions', { whole: '.rows', never: ghost, fault }],
  ['/account/reviews', { whole: '.review', never: ghost, fault, nothing: notice }],
]

for (const width of [390, 1280])
  test(`axe finds nothing at ${width} px in any state, by day and by night`, async () => {
    const looks = new Looks(world, width)
    await Promise.all([asGuest(looks), asMember(looks)])
    console.log(`${looks.count} states and themes looked at`)
    assert.deepEqual(looks.found, [])
  })

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
  await looks.everyState(page, guestRoutes)
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
  await looks.answer(page, 'fault')
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
  await signIn(page, member)
  await looks.everyState(page, memberRoutes)
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
