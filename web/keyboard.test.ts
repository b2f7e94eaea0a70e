import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openWorld, type World } from './testing/world.ts'

let world: World
before(
  async () => {
    world = await openWorld()
  },
  { timeout: 60_000 },
)
after(() => world.close())

/** More stops than any page has between two things. */
const MOST_STOPS = 90

type Stop = { name: string; isSeen: boolean }

/** Goes on by Tab until it stands on what bears this name; every stop on the way can be seen. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = []
  for (let at = 0; at < MOST_STOPS; at++) {
    await page.keyboard.press('Tab')
    const stop = await standing(page)
    assert.ok(stop.isSeen, `no ring around “${stop.name}”`)
    if (name.test(stop.name)) return
    passed.push(stop.name)
  }
  assert.fail(`${name} was not reached: ${passed.join(' | ')}`)
}

function standing(page: Page): Promise<Stop> {
  return page.evaluate(() => {
    const ring = (of: Element, part: string) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(of, part || null)
      return outlineStyle !== 'none' && outlineWidth !== '0px'
    }
    const it = document.activeElement
    if (!it || it === document.body) return { name: '', isSeen: true }
    const isField = it instanceof HTMLInputElement || it instanceof HTMLSelectElement
    const labels = isField ? [...(it.labels ?? [])] : []
    const label = labels.map((one) => one.textContent).join(' ')
    const name = it.getAttribute('aria-label') ?? (label || (it.textContent ?? ''))
    // The ring may be around the box that holds a field, or around a whole card.
    const boxes = [it, it.parentElement, it.closest('form, label, .card')]
    const rings = boxes.flatMap((one) =>
      one ? ['', '::after'].map((part) => ring(one, part)) : [],
    )
    return { name: name.replace(/\s+/g, ' ').trim(), isSeen: rings.includes(true) }
  })
}

test('a whole trip by keyboard alone: search, filter, sort, put in, change, take out, undo', async () => {
  const { page, faults } = await world.visit()
  const { keyboard } = page
  await page.goto('/')
  await page.getByRole('combobox').waitFor()
  await tabTo(page, /^Skip to content$/)
  await keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.id === 'main')
  await keyboard.press('Shift+Tab')
  await page.goto('/')
  await page.getByRole('combobox').waitFor()
  await tabTo(page, /^Search products$/)
  await keyboard.type('wireles headfones')
  await page
    .getByRole('option', { name: /headphones/ })
    .first()
    .waitFor()
  await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await page.waitForURL('**/product/**')
  await page.locator('.buy h1').waitFor()
  await tabTo(page, /^One more$/)
  await keyboard.press('Enter')
  await tabTo(page, /^Add to cart$/)
  await keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.locator('.cart-line').waitFor()
  await page.getByRole('link', { name: 'Cart, 2 things', includeHidden: true }).waitFor()
  await tabTo(page, /^One less$/)
  await keyboard.press('Enter')
  await page.getByRole('link', { name: 'Cart, 1 thing', includeHidden: true }).waitFor()
  await tabTo(page, /^Remove: /)
  await keyboard.press('Enter')
  await dialog.getByText('Your cart is empty').waitFor()
  await tabTo(page, /^Undo$/)
  await keyboard.press('Enter')
  await dialog.locator('.cart-line').waitFor()
  await keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.equal((await standing(page)).name, 'Add to cart', 'the focus is back where it was')

  await tabTo(page, /^All products$/)
  await keyboard.press('Enter')
  await page.waitForURL('**/products')
  await page.locator('.card').first().waitFor()
  await tabTo(page, /^In stock only/)
  await keyboard.press('Enter')
  await page.waitForURL('**/products?stock=1')
  await tabTo(page, /^Sort by/)
  await keyboard.press('ArrowDown')
  await page.waitForURL(/sort=/)
  await tabTo(page, /^Add .* to cart$/)
  await keyboard.press('Enter')
  await page.getByRole('link', { name: 'Cart, 2 things', includeHidden: true }).waitFor()
  assert.deepEqual(faults, [])
})

test('theme and language are chosen by keyboard; Escape closes what was opened', async () => {
  const { page, faults } = await world.visit()
  await page.goto('/')
  await page.getByRole('combobox').waitFor()
  await tabTo(page, /^Theme and language$/)
  await page.keyboard.press('Enter')
  await page.locator('#settings').waitFor()
  await tabTo(page, /^System$/)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.locator('html[data-theme=dark]').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('#settings').waitFor({ state: 'hidden' })
  assert.equal((await standing(page)).name, 'Theme and language')
  assert.deepEqual(faults, [])
})
