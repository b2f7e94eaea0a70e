import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Person } from '../functions/auth/testing/house.ts'
import { openWorld, signIn, type Visit, type World } from './testing/world.ts'

/** Rows of a page of a staff list. */
const ROWS = 25

let world: World
let staff: Person
const all = attacks()
const slugs: string[] = []

before(
  async () => {
    world = await openWorld()
    staff = await world.house.guest({ superuser: true })
    let next = 0
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let at = next++; at < all.length; at = next++) slugs[at] = await plant(at)
      }),
    )
  },
  { timeout: 120_000 },
)
after(() => world.close())

/** Puts a payload into a product's name and description, and into a review's title and comment. */
async function plant(at: number): Promise<string> {
  const text = all[at] ?? ''
  const body = { name: `${text} ${at}`, description: text, price: '5.00', stock_count: 9 }
  const made = await world.house.call('POST', '/api/v1/products/', { as: staff, body })
  assert.equal(made.status, 201, made.text)
  const review = {
    product_id: made.body.id,
    rating: 1,
    title: text.slice(0, 150),
    comment: `${text} ${at}`,
  }
  const said = await world.house.call('POST', '/api/v1/reviews/', { as: staff, body: review })
  assert.equal(said.status, 201, said.text)
  return made.body.slug
}

async function visit(): Promise<Visit> {
  const visitor = await world.visit()
  visitor.page.on('dialog', () => visitor.faults.push('a script of a visitor ran'))
  return visitor
}

/** Those of the payloads that are not among the texts, as they were written. */
function missing(texts: readonly string[]): string[] {
  const shown = new Set(texts.map((it) => it.trim()))
  return all.filter((text, at) => !shown.has(`${text} ${at}`.trim()))
}

/** Payloads, each in each of the places that a page may put it into by mistake. */
function attacks(): string[] {
  const scripts = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)>',
    '<iframe srcdoc="<script>alert(1)</script>">',
    '<details open ontoggle=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<style>@import "//evil.example"</style>',
    '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
    '<body onpageshow=alert(1)>',
    '<template shadowrootmode=open><script>alert(1)</script></template>',
    '<form action=javascript:alert(1)><button>x</button></form>',
    '<input autofocus onfocus=alert(1)>',
    '<object data="data:text/html,<script>alert(1)</script>"></object>',
    '<base href="//evil.example/">',
    '<meta http-equiv=refresh content="0;url=//evil.example">',
    'javascript:alert(1)',
    '`-alert(1)-`',
    '{{constructor.constructor("alert(1)")()}}',
    'x\u2028alert(1)\u2029',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
  ]
  const places = [
    '',
    '"> ',
    "' ",
    '--> ',
    '</script>',
    '</title>',
    '</textarea>',
    '<!--',
    ']]>',
    '\\',
  ]
  return places.flatMap((place) => scripts.map((script) => place + script))
}

test('names are text in lists, on pages of products and in the cart', async () => {
  assert.equal(all.length, 200)
  const { page, faults } = await visit()
  const shown: string[] = []
  for (const path of ['/products?sort=new&page=8', '/products?sort=new&page=9']) {
    await page.goto(path)
    await page.waitForFunction(() => document.querySelectorAll('.card').length >= 192)
    shown.push(...(await page.locator('.card h3').allTextContents()))
  }
  assert.deepEqual(missing(shown), [])
  for (let at = 0; at < all.length; at += 10) {
    await page.goto(`/product/${slugs[at]}`)
    await page.locator('.review').waitFor()
    assert.equal(await page.locator('.buy .description').textContent(), all[at])
  }
  await page.getByRole('button', { name: 'Add to cart', exact: true }).click()
  await page.getByRole('dialog').locator('.cart-line').waitFor()
  assert.deepEqual(faults, [])
})

test('names and comments are text in the rooms of staff', async () => {
  const { page, faults } = await visit()
  await signIn(page, staff, '/account/reviews')
  await page.locator('.review').first().waitFor()
  assert.equal(await page.locator('.review').count(), 100)
  const comments: string[] = []
  for (let at = 1; at <= all.length / ROWS; at++) {
    await page.goto(`/staff/reviews?page=${at}`)
    await page.locator('article .comment').first().waitFor()
    comments.push(...(await page.locator('article .comment').allTextContents()))
    await page.goto(`/staff/products?page=${at}`)
    await page.locator('.goods').waitFor()
  }
  assert.deepEqual(missing(comments), [])
  assert.deepEqual(faults, [])
})

test('searches are text in the box, in the list and in what the server sends', async () => {
  const { page, faults } = await visit()
  await page.goto('/products?q=nothing-like-this')
  await page.locator('h1').waitFor()
  const harmless = await shapeOf(page, '/products?q=nothing-like-this')
  for (const text of all) {
    const path = `/products?q=${encodeURIComponent(text)}`
    await page.evaluate((to) => {
      const link = Object.assign(document.createElement('a'), { href: to })
      document.querySelector('main')?.append(link)
      link.click()
      link.remove()
    }, path)
    await page.waitForFunction(
      (q) => document.querySelector('h1')?.textContent?.includes(q.trim()),
      text.replace(/[\u2028\u2029]/g, (it) => it),
    )
    const shape = await shapeOf(page, path)
    assert.deepEqual(shape, harmless, text)
  }
  await page.getByRole('combobox', { name: 'Search products' }).fill(all[0] ?? '')
  await page.locator('[role=option]').first().waitFor()
  assert.deepEqual(faults, [])
})

/** What could act in a page as the server sends it: elements by name, and attributes that run. */
async function shapeOf(page: Page, path: string): Promise<string[]> {
  const html = await (await page.request.get(path)).text()
  const found = new Set<string>()
  // Comments and the content of scripts are looked at by the browser itself, elsewhere.
  for (const [, name = '', rest = ''] of html.matchAll(/<([a-z][\w-]*)((?:"[^"]*"|[^">])*)>/gi)) {
    if (
      /^(script|iframe|object|embed|base|meta|form|style|math|details|template|input|body)$/i.test(
        name,
      )
    )
      found.add(name.toLowerCase())
    const bare = rest.replace(/"[^"]*"/g, '""')
    if (/\son\w+\s*=/i.test(bare)) found.add(`${name} ${bare}`)
  }
  return [...found].sort()
}
