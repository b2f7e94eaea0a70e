import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import type { Person } from '../functions/auth/testing/house.ts'
import { Looks, type Routes } from './testing/looks.ts'
import { openWorld, type Visit, type World } from './testing/world.ts'

const MOST_BYTES = 40 * 1024

let world: World
let visit: Visit
let superuser: Person
let customer: Person
const assets = new Map<string, Promise<Buffer>>()
before(async () => {
  world = await openWorld()
  superuser = await world.house.guest({ superuser: true })
  customer = await world.house.guest()
  visit = await world.visit({ reducedMotion: 'reduce' })
  const { page } = visit
  page.on('response', (it) => {
    const { pathname } = new URL(it.url())
    if (pathname.startsWith('/assets/')) assets.set(pathname, it.body())
  })
})
after(() => world.close())

test('staff’s code is in chunks of its own and small; a shopper loads none of it', async () => {
  const { page } = visit
  for (const path of ['/', '/products', '/sign-in']) {
    await page.goto(path)
    await page.locator('h1').waitFor()
  }
  const isStaff = (name: string) => name.includes('staff')
  assert.deepEqual([...assets.keys()].filter(isStaff), [])
  const hidden = await world.house.call('GET', '/api/v1/reviews/1/')
  const hide = { as: superuser, body: { action: 'hide', reason: 'Not about the product' } }
  await world.house.call('POST', `/api/v1/reviews/${hidden.body.results[0].id}/`, hide)
  await signIn(page)
  const sizes = await Promise.all(
    [...assets]
      .filter(([name]) => isStaff(name))
      .map(async ([, body]) => gzipSync(await body).length),
  )
  const sum = sizes.reduce((all, it) => all + it, 0)
  console.log(`staff: ${(sum / 1024).toFixed(1)} KB in ${sizes.length} files`)
  assert.ok(sizes.length > 0 && sum <= MOST_BYTES, `${sum} bytes`)
})

async function signIn(page: Page): Promise<void> {
  await page.goto('/staff/products')
  await page.waitForURL('**/sign-in**')
  await page.getByLabel('Email').fill(superuser.email)
  await page.getByLabel('Password').fill(superuser.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.goods').waitFor()
}

/** What is opened or refused in them. */
const rooms: [name: string, path: string, ready: (page: Page) => Promise<unknown>][] = [
  ['products', '/staff/products', (page) => page.locator('.goods').waitFor()],
  [
    'a fault in place',
    '/staff/products?stock=out',
    async (page) => {
      await page.locator('.cell').first().fill('?')
      await page.locator('.cell').first().press('Enter')
      await page.locator('.field-fault').waitFor()
    },
  ],
  [
    'nothing found',
    '/staff/products?find=zzzzqq',
    (page) => page.getByText('Nothing found').waitFor(),
  ],
  [
    'a delete dialog',
    '/staff/products?sort=name',
    async (page) => {
      await page
        .getByRole('button', { name: /^Delete/ })
        .first()
        .click()
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'a new product',
    '/staff/products/new',
    async (page) => {
      await page.getByText('Kitchen', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Put into the shop' }).click()
      await page.locator('#name-fault').waitFor()
    },
  ],
  [
    'a product',
    '/staff/products/1',
    (page) => page.getByRole('group', { name: /^Kinds/ }).waitFor(),
  ],
  [
    'a conflict',
    '/staff/products/2',
    async (page) => {
      await page.getByLabel('Name').fill('Mine')
      const body = { name: `Theirs ${Date.now()}`, stock_count: 3 }
      await world.house.call('PATCH', '/api/v1/products/2/', { as: superuser, body })
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'categories',
    '/staff/categories',
    async (page) => {
      await page.getByRole('button', { name: 'Subcategories of Kitchen' }).click()
      await page.locator('.kinds').waitFor()
      await page.getByRole('button', { name: 'Rename Home' }).click()
    },
  ],
  [
    'a category to delete',
    '/staff/categories',
    async (page) => {
      await page.getByRole('button', { name: 'Delete Kitchen' }).click()
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'users',
    '/staff/users',
    async (page) => {
      await page
        .getByRole('button', { name: /^Actions/ })
        .first()
        .click()
      await page.locator('.acts').waitFor()
    },
  ],
  [
    'a user to deactivate',
    '/staff/users',
    async (page) => {
      await page.getByRole('searchbox', { name: 'Search email' }).fill(customer.email)
      await page.getByRole('button', { name: `Actions: ${customer.username}` }).click()
      await page.getByRole('button', { name: 'Deactivate' }).click()
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'reviews',
    '/staff/reviews',
    async (page) => {
      await page.getByRole('button', { name: /^Hide/ }).first().click()
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'hidden reviews',
    '/staff/reviews',
    async (page) => {
      await page
        .getByRole('button', { name: /^(Hide|Show)/ })
        .first()
        .waitFor()
      await page.getByRole('link', { name: 'Hidden' }).click()
      await page.waitForURL('**hidden=yes')
      await page.getByRole('button', { name: /^Show again/ }).waitFor()
    },
  ],
]

const ghost = '.ghost'
const fault = '.fault'
const notice = '.notice'
const routes: Routes = [
  ['/staff/products', { whole: '.goods', never: ghost, fault, nothing: notice }],
  ['/staff/products/new', { whole: '.ticks', never: '#name', fault }],
  ['/staff/products/1', { whole: '.ticks', never: ghost, fault }],
  ['/staff/categories', { whole: '.tree li', never: ghost, fault, nothing: '#main form' }],
  ['/staff/users', { whole: '.people', never: ghost, fault, nothing: notice }],
  ['/staff/reviews', { whole: 'article', never: ghost, fault, nothing: notice }],
]

for (const width of [390, 1280])
  test(`axe finds nothing in staff’s rooms at ${width} px, by day and by night`, async () => {
    const looks = new Looks(world, width)
    const { page, context, faults } = await looks.open()
    await signIn(page)
    await looks.everyState(page, routes)
    for (const [name, path, ready] of rooms) {
      await page.goto(path)
      await ready(page)
      await looks.at(page, name)
    }
    await context.close()
    console.log(`${looks.count} states and themes looked at`)
    assert.deepEqual([...looks.found, ...faults], [])
  })
