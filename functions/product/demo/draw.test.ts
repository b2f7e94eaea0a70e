import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { demoArt, demoCatalogue } from './demo.ts'
import { drawViews } from './draw.ts'

const { products } = demoCatalogue()
const drawn = products.flatMap((product) =>
  Object.entries(drawViews(product, demoArt(product.art))).map(([view, svg]) => ({
    label: `${product.key} ${view}`,
    svg,
  })),
)

test('every product has three pictures, no two alike', () => {
  assert.equal(drawn.length, 3 * products.length)
  assert.equal(new Set(drawn.map(({ svg }) => svg)).size, drawn.length)
})

test('every picture is well-formed XML that a renderer takes', async () => {
  for (const { label, svg } of drawn) {
    const { format, width, height } = await sharp(Buffer.from(svg)).metadata()
    assert.deepEqual([format, width, height], ['svg', 400, 400], label)
  }
})

test('a picture fills its frame with the tinted backdrop, so it needs no page colour', async () => {
  const [product] = products
  assert.ok(product)
  for (const svg of Object.values(drawViews({ ...product, hue: 120 }, demoArt(product.art)))) {
    const { data, info } = await sharp(Buffer.from(svg))
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    const corner = [...data.subarray(0, info.channels)]
    const [red = 0, green = 0, blue = 0, alpha = 0] = corner
    assert.ok(alpha === 255 && green > red && green > blue, `the corner is ${corner}`)
  }
})

test('ids are unique over all pictures, and every reference points into its own', () => {
  const seen = new Set<string>()
  for (const { label, svg } of drawn) {
    const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id ?? '')
    for (const id of ids) {
      assert.ok(!seen.has(id), `${id} comes twice`)
      seen.add(id)
    }
    const references = [...svg.matchAll(/(?:url\(|href=")#([^")]+)/g)].map(([, id]) => id ?? '')
    assert.ok(references.length > 0)
    assert.deepEqual(new Set(references), new Set(ids), label)
  }
})

test('nothing is fetched and nothing runs', () => {
  for (const { label, svg } of drawn) {
    const outside = svg.replace('xmlns="http://www.w3.org/2000/svg"', '')
    assert.doesNotMatch(outside, /https?:|<script|<style|<foreignObject|\son\w+=/i, label)
    const targets = [...svg.matchAll(/href="([^#][^"]{0,22})/g)].map(([, target]) => target)
    assert.deepEqual(targets, ['data:image/webp;base64,'], label)
  }
})

test('a picture takes 9 KB at most on the average, 16 KB at worst', () => {
  const sizes = drawn.map(({ svg }) => Buffer.byteLength(svg))
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
  assert.ok(mean <= 9 * 1024, `mean ${mean}`)
  assert.ok(Math.max(...sizes) <= 16 * 1024, `largest ${Math.max(...sizes)}`)
})

test('a name with markup stays text', async () => {
  const [product] = products
  assert.ok(product)
  const { front } = drawViews({ ...product, name: 'Salt & <pepper>' }, demoArt(product.art))
  assert.match(front, /<title>Salt &#38; &#60;pepper&#62;<\/title>/)
  await sharp(Buffer.from(front)).metadata()
})

test('drawing twice gives the same picture', () => {
  const [product] = products
  assert.ok(product)
  const art = demoArt(product.art)
  assert.deepEqual(drawViews(product, art), drawViews(product, art))
})
