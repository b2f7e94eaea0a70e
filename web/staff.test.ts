import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import type { Person } from '../functions/auth/testing/house.ts'
import { openWorld, type Visit, type World } from './testing/world.ts'

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.close())

/** Opens an address that asks for a sign-in, and signs in there. */
async function enter(person: Person, path = '/staff'): Promise<Visit> {
  const visit = await world.visit()
  const { page } = visit
  await page.goto(path)
  await page.waitForURL(`**/sign-in?to=${encodeURIComponent(path)}`)
  await page.getByLabel('Email').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`**${path}`)
  return visit
}

/** Drops a picture as from the desk. */
async function drop(page: Page, name: string, type = 'image/png'): Promise<void> {
  const raw = { width: 320, height: 320, channels: 3 as const }
  const bytes = await sharp(randomBytes(320 * 320 * 3), { raw })
    .png()
    .toBuffer()
  const transfer = await page.evaluateHandle(
    ({ text, name, type }) => {
      const transfer = new DataTransfer()
      const bytes = Uint8Array.from(atob(text), (it) => it.charCodeAt(0))
      transfer.items.add(new File([bytes], name, { type }))
      return transfer
    },
    { text: bytes.toString('base64'), name, type },
  )
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer })
}

const said = (page: Page, text: string | RegExp) =>
  page.locator('.toast', { hasText: text }).waitFor()

test('staff put a product with a picture into the shop, and everybody sees it', async () => {
  const { page, faults } = await enter(await world.house.guest({ staff: true }), '/staff/products')
  await page.getByRole('link', { name: 'New product' }).click()
  await page.getByRole('button', { name: 'Put into the shop' }).click()
  await page.locator('#name-fault').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'name')
  await page.getByLabel('Name').fill('Harbour lantern')
  await page.getByLabel('Price in EUR').fill('12,3x')
  await page.getByLabel('Stock').fill('7')
  await page.getByText('Kitchen', { exact: true }).click()
  await drop(page, 'notes.txt', 'text/plain')
  await page.getByText('This kind of file is not taken').waitFor()
  await drop(page, 'lantern.png')
  await page.getByAltText('Picture of the product').waitFor()
  await page.getByRole('button', { name: 'Put into the shop' }).click()
  await page.locator('#price-fault').waitFor()
  await page.getByLabel('Price in EUR').fill('48,5')
  // The bar is gone soon: whether it was there is noted as it comes.
  await page.evaluate(() => {
    const watch = new MutationObserver(() => {
      const bar = document.querySelector('progress')
      if (!bar || bar.value === 0) return
      watch.disconnect()
      document.body.dataset.seen = 'yes'
    })
    watch.observe(document.body, { subtree: true, childList: true, attributes: true })
  })
  await page.getByRole('button', { name: 'Put into the shop' }).click()
  await said(page, 'Harbour lantern is in the shop')
  assert.equal(await page.evaluate(() => document.body.dataset.seen), 'yes', 'no progress shown')
  await page.waitForURL(/\/staff\/products\/\d+$/)
  await page.getByRole('link', { name: 'See in the shop' }).click()
  await page.locator('.buy h1', { hasText: 'Harbour lantern' }).waitFor()

  const shopper = await world.visit()
  await shopper.page.goto('/category/4-kitchen?sort=new')
  await shopper.page.getByRole('link', { name: 'Harbour lantern' }).click()
  await shopper.page.getByText('€48.50').first().waitFor()
  await shopper.page.waitForFunction(() => {
    const image = document.querySelector<HTMLImageElement>('.gallery img')
    return image?.complete && image.naturalWidth > 0 && /\.webp$/.test(image.currentSrc)
  })
  assert.deepEqual([...faults, ...shopper.faults], [])
})

test('price and stock are changed in place; a colleague’s change is shown, never lost', async () => {
  const staff = await world.house.guest({ staff: true })
  const body = { name: 'Ferry bell', price: '20.00', stock_count: 5 }
  const made = await world.house.call('POST', '/api/v1/products/', { as: staff, body })
  const path = `/api/v1/products/${made.body.id}/`
  const now = async () => {
    const { price, stock_count } = (await world.house.call('GET', path)).body
    return [price, stock_count]
  }
  const { page, faults } = await enter(staff, '/staff/products')
  const price = page.getByLabel('Price of Ferry bell')
  await price.fill('many')
  await price.press('Enter')
  await page.getByText('A price is an amount').waitFor()
  await price.press('Escape')
  assert.equal(await price.inputValue(), '20.00')
  await price.fill('18,9')
  await price.press('Enter')
  await said(page, 'Ferry bell now costs €18.90')
  assert.deepEqual(await now(), ['18.90', 5])
  await page.getByRole('button', { name: 'Undo' }).click()
  await said(page, '€20.00')
  assert.deepEqual(await now(), ['20.00', 5])

  // One change after the other, faster than the shop answers: neither is lost.
  const both = page.getByLabel('Stock of Ferry bell')
  await price.fill('21')
  await both.fill('6')
  await both.press('Enter')
  await said(page, 'There are now 6 of Ferry bell')
  assert.deepEqual(await now(), ['21.00', 6])

  const change = (changes: object) => world.house.call('PATCH', path, { as: staff, body: changes })
  // Only what is not on the screen yet is a conflict: the list has asked again by now.
  await page.waitForLoadState('networkidle')
  await change({ stock_count: 9 })
  await price.fill('19.00')
  await price.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Ferry bell was changed meanwhile' })
  await dialog.waitFor()
  assert.deepEqual(await now(), ['21.00', 9], 'nothing was overwritten')
  await dialog.getByRole('button', { name: 'Save mine over it' }).click()
  await said(page, '€19.00')
  assert.deepEqual(await now(), ['19.00', 9], 'what was not touched stays theirs')

  await page.waitForLoadState('networkidle')
  await change({ price: '30.00' })
  const stock = page.getByLabel('Stock of Ferry bell')
  await stock.fill('1')
  await stock.press('Enter')
  await dialog.getByText('€30.00').waitFor()
  await dialog.getByRole('button', { name: 'Take theirs' }).click()
  await page.waitForFunction(() => document.querySelector('dialog') === null)
  await page.waitForFunction(
    () =>
      document.querySelector<HTMLInputElement>('[aria-label="Price of Ferry bell"]')?.value ===
      '30.00',
  )
  assert.deepEqual([await stock.inputValue(), ...(await now())], ['9', '30.00', 9])

  world.kill('product')
  await stock.fill('4')
  await stock.press('Enter')
  await said(page, /^\s*Not saved/)
  assert.equal(await stock.inputValue(), '9')
  world.revive('product')

  // A demo product belongs to nobody here: it can be looked at.
  await page.getByRole('searchbox', { name: 'Find by name' }).fill('Nordhem dining')
  await page.getByRole('link', { name: 'Nordhem dining chair', exact: true }).waitFor()
  assert.equal(await page.locator('.cell').count(), 0)
  await page.getByRole('searchbox', { name: 'Find by name' }).fill('Ferry')
  await page.getByRole('button', { name: 'Delete Ferry bell' }).click()
  await page.getByText('Carts that hold it').waitFor()
  await page.keyboard.press('Escape')
  assert.deepEqual(await now(), ['30.00', 9])
  await page.getByRole('button', { name: 'Delete Ferry bell' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await said(page, 'Ferry bell is deleted')
  await page.getByRole('button', { name: 'Delete Ferry bell' }).waitFor({ state: 'detached' })
  assert.equal((await world.house.call('GET', path)).status, 404)
  assert.deepEqual(faults, [])
})

test('categories are made, renamed and deleted; one in use stays, and it is told why', async () => {
  const { page, faults } = await enter(
    await world.house.guest({ staff: true }),
    '/staff/categories',
  )
  await page.getByLabel('New category').fill('Boats')
  await page.getByLabel('New category').press('Enter')
  await said(page, 'Boats is added')
  await page.getByLabel('New category').fill('boats')
  await page.getByLabel('New category').press('Enter')
  await page.getByText('There is one of this name already').waitFor()
  await page.getByRole('button', { name: 'Subcategories of Boats' }).click()
  await page.getByLabel('New subcategory of Boats').fill('Oars')
  await page.getByLabel('New subcategory of Boats').press('Enter')
  await page.getByRole('button', { name: 'Rename Oars' }).click()
  await page.keyboard.type('Paddles')
  await page.keyboard.press('Enter')
  await said(page, 'Oars is now Paddles')
  await page.getByRole('button', { name: 'Rename Paddles' }).waitFor()
  await page.getByRole('button', { name: 'Delete Kitchen' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Kitchen still has products, so it stays').waitFor()
  await page.getByRole('button', { name: 'Understood' }).click()
  await page.getByRole('button', { name: 'Delete Boats' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await said(page, 'Boats is deleted')
  await page.getByRole('button', { name: 'Delete Boats' }).waitFor({ state: 'detached' })
  assert.deepEqual(faults, [])
})

test('a review is hidden with a reason, and shown again', async () => {
  const author = await world.house.guest()
  const body = { product_id: 1, rating: 1, title: 'Buy at my cousin’s', comment: 'Cheaper there' }
  const made = await world.house.call('POST', '/api/v1/reviews/', { as: author, body })
  assert.equal(made.status, 201, made.text)
  const path = `/api/v1/reviews/${made.body.id}/`
  const status = async () => (await world.house.call('GET', path)).status
  const { page, faults } = await enter(await world.house.guest({ staff: true }), '/staff/reviews')
  await page.getByRole('searchbox', { name: 'Search words' }).fill('cousin')
  const review = page.getByRole('article').filter({ hasText: 'Buy at my cousin’s' })
  await page.waitForURL('**find=cousin')
  await review.getByRole('button', { name: /^Hide the review/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Hide this review?' })
  await dialog.getByRole('button', { name: 'Hide', exact: true }).click()
  await dialog.getByText('This is needed').waitFor()
  await dialog.getByRole('button', { name: 'Advertising' }).click()
  await dialog.getByRole('button', { name: 'Hide', exact: true }).click()
  await said(page, 'The review is hidden')
  assert.equal(await status(), 404)
  await page.getByRole('link', { name: 'Hidden' }).click()
  await page.getByText(/Hidden .*: Advertising/).waitFor()
  await page.getByRole('button', { name: /^Show again/ }).click()
  await said(page, 'The review is shown again')
  assert.equal(await status(), 200)
  assert.deepEqual(faults, [])
})

test('what is done to accounts is explained; what only superusers may is theirs alone', async () => {
  const [staff, superuser, other] = await Promise.all([
    world.house.guest({ staff: true }),
    world.house.guest({ superuser: true }),
    world.house.guest(),
  ])
  const flags = async () => {
    const path = `/api/v1/users/${other.id}/`
    const { is_active, is_staff } = (await world.house.call('GET', path, { as: superuser })).body
    return [is_active, is_staff]
  }
  const open = async (page: Page, person: Person) => {
    await page.getByRole('searchbox', { name: 'Search email' }).fill(person.email)
    await page.getByRole('button', { name: `Actions: ${person.username}` }).click()
  }
  const first = await enter(staff, '/staff/users')
  await open(first.page, superuser)
  await first.page.getByText('Only superusers manage staff').waitFor()
  await open(first.page, other)
  assert.equal(await first.page.getByRole('button', { name: 'Make staff' }).count(), 0)
  await first.page.getByRole('button', { name: 'Deactivate' }).click()
  const sure = first.page.getByRole('dialog')
  await sure.getByText('They are signed out everywhere').waitFor()
  await sure.getByRole('button', { name: 'Deactivate' }).click()
  await said(first.page, 'is deactivated')
  assert.deepEqual(await flags(), [false, false])
  await first.page.getByRole('button', { name: 'Activate' }).click()
  await said(first.page, 'may sign in again')
  assert.deepEqual(await flags(), [true, false])

  const second = await enter(superuser, '/staff/users')
  await open(second.page, other)
  await second.page.getByRole('button', { name: 'Make staff' }).click()
  await said(second.page, 'is staff now')
  assert.deepEqual(await flags(), [true, true])
  await second.page.getByRole('button', { name: 'Undo' }).click()
  await said(second.page, 'is a customer now')
  assert.deepEqual(await flags(), [true, false])
  assert.deepEqual([...first.faults, ...second.faults], [])
})

test('a customer is refused, by the page and by the services', async () => {
  const customer = await world.house.guest()
  const { page, faults } = await enter(customer, '/staff/users')
  await page.getByRole('heading', { name: 'Only for staff' }).waitFor()
  assert.equal(await page.getByRole('link', { name: 'Staff' }).count(), 0)
  for (const [method, path] of [
    ['GET', '/api/v1/users/'],
    ['GET', '/api/v1/reviews/'],
    ['POST', '/api/v1/categories/'],
    ['DELETE', '/api/v1/products/1/'],
  ] as const) {
    const body = method === 'POST' ? { body: { name: 'Mine' } } : {}
    const reply = await world.house.call(method, path, { as: customer, ...body })
    assert.equal(reply.status, 403, path)
  }
  await page.getByRole('link', { name: 'Back to the shop' }).click()
  await page.waitForURL(`${world.base}/`)
  assert.deepEqual(faults, [])
})
