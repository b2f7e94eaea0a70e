import { createHash } from 'node:crypto'
import { demoArt, demoCatalogue, manyProducts } from './demo/demo.ts'
import { drawViews } from './demo/draw.ts'
import type { Snapshot } from './model.ts'
import { keepPicture } from './queries/media.ts'
import { snapshots } from './queries/products.ts'
import {
  freeSlugs,
  growTree,
  idsOfSlugs,
  insertMany,
  nextSeed,
  type Row,
  refreshStatistics,
} from './queries/seeding.ts'
import { transaction } from './queries/shape.ts'
import { slugOf } from './rules.ts'
import { fillAllShown } from './shown.ts'

/** Owner of what is seeded: nobody who can sign in, so that superusers alone may change it. */
const OWNER = '00000000-0000-7000-8000-000000000000'

/** Rows in one statement: far below its time limit also on a slow disk. */
const BATCH = 1000
/** Fewer, as each brings three pictures. */
const DEMO_BATCH = 40

type Progress = (done: number, all: number) => void

/**
 * Puts the demo catalogue with its pictures into the shop and gives its products in the catalogue's
 * order. Can be repeated: a product that is there by its slug stays as it is.
 */
export async function seedDemo(progress: Progress = () => {}): Promise<Snapshot[]> {
  const { categories, products } = demoCatalogue()
  await growTree(categories)
  const slugs = products.map(({ name }) => slugOf(name))
  const there = await idsOfSlugs(slugs)
  const missing = products.filter(({ name }) => !there.has(slugOf(name)))
  for (let at = 0; at < missing.length; at += DEMO_BATCH) {
    const batch = missing.slice(at, at + DEMO_BATCH)
    await transaction(async () => {
      const rows: Row[] = []
      for (const product of batch) {
        const views = drawViews(product, demoArt(product.art))
        rows.push({ ...product, slug: slugOf(product.name), image: await keepDrawing(views) })
      }
      await insertMany(rows, OWNER)
    })
    progress(products.length - missing.length + at + batch.length, products.length)
  }
  if (missing.length > 0) await settle()
  const ids = await idsOfSlugs(slugs)
  const found = await snapshots([...ids.values()])
  const byId = new Map(found.map((it) => [it.id, it]))
  return slugs.flatMap((slug) => byId.get(ids.get(slug) ?? 0) ?? [])
}

/** Drawings are ours, and so are trusted; an uploaded SVG is not taken. */
async function keepDrawing(views: ReturnType<typeof drawViews>): Promise<string> {
  const hash = createHash('sha256').update(views.front).digest('hex').slice(0, 32)
  await keepPicture(
    hash,
    Object.entries(views).map(([view, svg]) => ({
      name: `${hash}-${view}.svg`,
      type: 'image/svg+xml',
      bytes: Buffer.from(svg),
    })),
  )
  return `${hash}-front.svg`
}

/**
 * Adds that many products more, for load tests: no pictures, and equal ones for an equal shop. In
 * batches of an INSERT from arrays, which the triggers see as one change each; COPY would not be
 * faster, most of the time goes into indexes.
 */
export async function seedMany(
  count: number,
  progress: (done: number) => void = () => {},
): Promise<void> {
  await growTree(demoCatalogue().categories)
  let done = 0
  for (const batch of manyProducts(count, await nextSeed(), BATCH)) {
    const slugs = await freeSlugs(batch.map(({ name }) => slugOf(name)))
    await insertMany(
      batch.map((product, at): Row => ({ ...product, slug: slugs[at] ?? '', image: null })),
      OWNER,
    )
    done += batch.length
    progress(done)
  }
  await settle()
}

/** What the service would do by and by. */
async function settle(): Promise<void> {
  await fillAllShown()
  await refreshStatistics()
}
