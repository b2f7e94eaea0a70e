import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import type { Person } from '../functions/auth/testing/house.ts'
import { openWorld, type Visit, type World } from './testing/world.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const MOST_BYTES = 40 * 1024

let world: World
let visit: Visit
let superuser: Person
const assets = new Map<string, Promise<Buffer>>()
before(async () => {
  world = await openWorld()
  visit = await world.visit({ reducedMotion: 'reduce' })
  const { page } = visit
  page.on('response', (it) => {
    const { pathname } = new URL(it.url())
    if (pathname.startsWith('/assets/')) assets.set(pathname, it.body())
  })
})
after(() => world.close())

type Axe = {
  run(options: object): Promise<{
    violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[]
  }>
}

async function violations(page: Page, runOnly: object): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
  return page.evaluate(async (only) => {
    const { axe } = globalThis as unknown as { axe: Axe }
    const { violations } = await axe.run({ runOnly: only })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((it) => `${id} at ${it.target}: ${it.failureSummary}`),
    )
  }, runOnly)
}

test('staff’s code is in chunks of its own and small; a shopper loads none of it', async () => {
  const { page } = visit
  for (const path of ['/', '/products', '/sign-in']) {
    await page.goto(path)
    await page.locator('h1').waitFor()
  }
  const isStaff = (name: string) => name.includes('staff')
  assert.deepEqual([...assets.keys()].filter(isStaff), [])
  superuser = await world.house.guest({ superuser: true })
  const hidden = await world.house.call('GET', '/api/v1/reviews/1/')
  const hide = { as: superuser, body: { action: 'hide', reason: 'Not about the product' } }
  await world.house.call('POST', `/api/v1/reviews/${hidden.body.results[0].id}/`, hide)
  await page.goto('/staff/products')
  await page.waitForURL('**/sign-in**')
  await page.getByLabel('Email').fill(superuser.email)
  await page.getByLabel('Password').fill(superuser.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.goods').waitFor()
  const sizes = await Promise.all(
    [...assets]
      .filter(([name]) => isStaff(name))
      .map(async ([, body]) => gzipSync(await body).length),
  )
  const sum = sizes.reduce((all, it) => all + it, 0)
  console.log(`staff: ${(sum / 1024).toFixed(1)} KB in ${sizes.length} files`)
  assert.ok(sizes.length > 0 && sum <= MOST_BYTES, `${sum} bytes`)
})

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

for (const width of [390, 1280])
  test(`axe finds nothing in staff’s rooms at ${width} px, by day and by night`, async () => {
    const { page, faults } = visit
    await page.setViewportSize({ width, height: 900 })
    const found: string[] = []
    for (const [name, path, ready] of rooms) {
      await page.goto(path)
      await ready(page)
      // What was scrolled under the header is there for whoever scrolls back.
      await page.evaluate(() => scrollTo(0, 0))
      found.push(
        ...(await violations(page, { type: 'tag', values: tags })).map((it) => `${name}: ${it}`),
      )
      await page.emulateMedia({ colorScheme: 'dark' })
      // Nothing but the colours differs.
      const dark = await violations(page, { type: 'rule', values: ['color-contrast'] })
      found.push(...dark.map((it) => `${name}, dark: ${it}`))
      await page.emulateMedia({ colorScheme: 'light' })
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
        found.push(`${name}: scrolls sideways`)
    }
    assert.deepEqual(found, [])
    assert.deepEqual(faults, [])
  })
