import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type Kit, openKit } from '../functions/kit/kit-lab.ts'
import { freePorts } from '../shared/testing/shop.ts'
import { until } from '../shared/testing/until.ts'
import { views } from './testing/widths.ts'
import { launch, listen } from './testing/world.ts'

const OPEN_MS = 180_000

let kit: Kit
let browser: Browser
let base: string

before(
  async () => {
    kit = await openKit({ copy: true })
    // Filled as at the first start that anybody makes.
    rmSync(join(String(kit.environment.SOUK_HOME), 'seeded'))
    const [port = 0] = await freePorts(1)
    const from = 28_000 + (process.pid % 400) * 10
    base = `http://localhost:${port}`
    const shop = kit.launch(['start', '--port', String(port), '--services-from', String(from)])
    const [launched] = await Promise.all([launch(), shop.says(/The shop is open/, OPEN_MS)])
    browser = launched
  },
  { timeout: OPEN_MS },
)
after(async () => {
  await browser.close()
  await kit.close()
})

const asks: Record<string, string> = {
  auth: '/.well-known/jwks.json',
  product: '/api/v1/categories/?limit=1',
  cart: '/api/v1/cart/',
  review: '/api/v1/reviews/1/?limit=1',
}

/** Who answers for a service now; undefined while nobody does. */
async function processOf(service: string): Promise<number | undefined> {
  const answer = await fetch(base + asks[service]).catch(() => undefined)
  await answer?.text()
  const [, pid] = /-(\d+)$/.exec(answer?.headers.get('x-served-by') ?? '') ?? []
  return answer?.ok && pid ? Number(pid) : undefined
}

/** Ends its process as the system would for want of memory; gives when another answers. */
async function kill(service: string): Promise<() => Promise<void>> {
  const old = await until(() => processOf(service))
  process.kill(old, 'SIGKILL')
  return async () => {
    const isAnother = async () => {
      const now = await processOf(service)
      return now !== undefined && now !== old
    }
    await until(isAnother, 15)
  }
}

const things = (page: Page, text: string) =>
  page.getByRole('link', { name: `Cart, ${text}` }).waitFor()

for (const [view, options] of Object.entries(views))
  test(`${view}: each service is killed in mid-visit, and the visit goes on`, async () => {
    const context = await browser.newContext({ baseURL: base, ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    const faults = listen(page)
    await page.goto('/')
    let back = await kill('product')
    await page.getByRole('link', { name: 'Kitchen', exact: true }).click()
    await page.locator('.card h3 a').nth(1).click()
    await page.locator('.buy h1').waitFor()
    await back()

    await page.getByRole('button', { name: 'Add to cart', exact: true }).click()
    await page.getByRole('dialog').locator('.cart-line').waitFor()
    back = await kill('cart')
    await page.getByRole('dialog').getByRole('button', { name: 'One more' }).click()
    await back()
    // What came too early was put back and said so; nothing is shown that is not so.
    const told = page.locator('.toast')
    if ((await told.count()) > 0)
      await page.getByRole('button', { name: 'Try again' }).first().click()
    await things(page, '2 things')
    await page.keyboard.press('Escape')

    back = await kill('auth')
    await page.getByRole('link', { name: 'Sign in', exact: true }).click()
    await page.getByRole('link', { name: 'Create an account' }).click()
    const name = `${view}-${process.pid}`
    await page.getByLabel('Email').fill(`${name}@example.com`)
    await page.getByLabel('Name shown').fill(name)
    await page.getByLabel('Password').fill('a long walk by the sea')
    await back()
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByText('2 things joined your cart.').waitFor()

    await page.getByRole('combobox').fill('Nordhem dining chair')
    await page
      .getByRole('option', { name: /Nordhem dining chair/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'Write a review' }).click()
    await page.locator('.star-input label').nth(3).click()
    await page.getByLabel('In a few words').fill('It stands')
    back = await kill('review')
    await back()
    await page.getByRole('button', { name: 'Publish review' }).click()
    await page.getByRole('heading', { name: 'It stands' }).waitFor()

    // All at once, and without a reload the same visitor still has the same cart.
    const all = await Promise.all(Object.keys(asks).map(kill))
    await Promise.all(all.map((it) => it()))
    await page.locator('.logo').click()
    await page.locator('.tile').first().waitFor()
    await page.getByRole('link', { name: /^Account/ }).click()
    await page.locator('.danger').waitFor()
    await things(page, '2 things')
    assert.deepEqual(faults, [])
    await context.close()
  })
