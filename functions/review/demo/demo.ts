import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as z from 'zod'

const Remarks = z.array(z.strictObject({ title: z.string().min(1), comment: z.string().min(1) }))

const Voices = z.strictObject({
  people: z.array(z.string().regex(/^[a-z0-9._-]{3,30}$/)),
  remarks: z.strictObject({ 1: Remarks, 2: Remarks, 3: Remarks, 4: Remarks, 5: Remarks }),
  afterthoughts: z.strictObject({
    good: z.array(z.string()),
    mixed: z.array(z.string()),
    poor: z.array(z.string()),
  }),
})

type Voices = z.infer<typeof Voices>
type Rating = 1 | 2 | 3 | 4 | 5

/** `created_at` (ISO 8601) is when the product came into the shop: no review is older. */
export type ReviewedProduct = {
  id: number
  name: string
  created_at?: string | undefined
}

export type DemoReview = {
  product_id: number
  author: { username: string }
  rating: Rating
  title: string
  comment: string
  created_at: string
}

// Another edition is another set of reviews. In this one the wireless headphones, which searches are
// shown with, have many.
const edition = 4

const hour = 3_600_000
const day = 24 * hour
const firstReview = Date.UTC(2025, 5, 20)
const lastReview = Date.UTC(2026, 10, 21)

let voices: Voices | undefined

/**
 * Reviews for a demo shop: for each product none to nine, by as many people, oldest first. They
 * depend on the products' names, order and dates alone, so the same shop always gets the same ones.
 */
export function demoReviews(products: readonly ReviewedProduct[]): DemoReview[] {
  const said = new Map<string, Set<unknown>>()
  return products.flatMap((product) => reviewsOf(product, said))
}

function reviewsOf(product: ReviewedProduct, said: Map<string, Set<unknown>>): DemoReview[] {
  const { people } = read()
  const chance = (what: string) => fraction(`${edition}/${product.name}/${what}`)
  const from = Math.max(firstReview, Date.parse(product.created_at ?? '') || firstReview) + 3 * day
  const time = lastReview - from
  // Under two months in the shop there was time for fewer reviews, and for none before it opened.
  const patience = Math.min(1, Math.max(0, time / (60 * day)))
  const count = Math.floor(chance('count') * 10 * patience)
  const mood = chance('mood')
  const heard = new Set<unknown>()
  return people
    .toSorted((one, other) => chance(one) - chance(other))
    .slice(0, count)
    .map((username) => {
      const rating = rate(mood, chance(`${username}/rating`))
      const own = said.get(username) ?? new Set()
      said.set(username, own)
      const remark = choose(read().remarks[rating], [heard, own], chance(`${username}/remark`))
      const more = afterthought(rating, heard, chance(`${username}/afterthought`))
      return {
        product_id: product.id,
        author: { username },
        rating,
        title: remark.title,
        comment: fill(remark.comment, product.name) + more,
        created_at: new Date(moment(from, time, chance(`${username}/when`))).toISOString(),
      }
    })
    .toSorted((one, other) => one.created_at.localeCompare(other.created_at))
}

/**
 * `mood` from 0 to 1 is the product's own: one in ten disappoints, a third delights, the rest lies
 * between. The cumulative shares are those of one to four stars.
 */
function rate(mood: number, chance: number): Rating {
  if (mood < 0.1) return stars(chance, [0.22, 0.45, 0.68, 0.88])
  if (mood < 0.65) return stars(chance, [0.03, 0.09, 0.22, 0.58])
  return stars(chance, [0.01, 0.03, 0.08, 0.3])
}

function stars(chance: number, [one, two, three, four]: [number, number, number, number]): Rating {
  if (chance < one) return 1
  if (chance < two) return 2
  if (chance < three) return 3
  return chance < four ? 4 : 5
}

/** Two of five people add a sentence; which one follows from the same chance. */
function afterthought(rating: Rating, heard: Set<unknown>, chance: number): string {
  if (chance >= 0.4) return ''
  const { good, mixed, poor } = read().afterthoughts
  const all = rating >= 4 ? good : rating === 3 ? mixed : poor
  return ` ${choose(all, [heard], chance / 0.4)}`
}

/** Takes, and notes as said, what none has said before; failing that, what the first has not. */
function choose<Item>(all: readonly Item[], spoken: Set<unknown>[], chance: number): Item {
  const fresh = all.filter((item) => !spoken.some((said) => said.has(item)))
  const unheard = all.filter((item) => !spoken[0]?.has(item))
  const item = pick([fresh, unheard].find(({ length }) => length > 0) ?? all, chance)
  for (const said of spoken) said.add(item)
  return item
}

/** Puts the bare name in: no article of its own, and no size of the pack, which follows a comma. */
function fill(comment: string, name: string): string {
  return comment.replaceAll('{name}', name.replace(/^(The|A) /, '').replace(/,.*$/, ''))
}

/** Somewhere in the given time, between seven in the morning and eleven at night (UTC). */
function moment(from: number, time: number, chance: number): number {
  const within = from + chance * time
  const midnight = within - (within % day)
  return midnight + 7 * hour + Math.floor(((within - midnight) / day) * 16 * hour)
}

function pick<Item>(items: readonly Item[], chance: number): Item {
  const item = items[Math.min(items.length - 1, Math.floor(chance * items.length))]
  if (item === undefined) throw new Error('There is nothing to pick from.')
  return item
}

/** From 0 up to 1, even, and always the same for the same text. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32
}

function read(): Voices {
  const file = new URL('voices.json', import.meta.url)
  voices ??= Voices.parse(JSON.parse(readFileSync(file, 'utf8')))
  return voices
}
