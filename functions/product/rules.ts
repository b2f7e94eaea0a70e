import { etagMatches } from '../../shared/http/conditional.ts'
import type { User } from '../../shared/http/contract.ts'
import type { FieldError } from '../../shared/http/errors.ts'

/** Whether a barcode is empty or an EAN-8, UPC-A or EAN-13 with the right check digit. */
export function isBarcode(code: string): boolean {
  if (code === '') return true
  if (!/^(\d{8}|\d{12}|\d{13})$/.test(code)) return false
  // GS1: from the right, digits weigh 1, 3, 1, 3 …, the check digit being the first.
  const sum = [...code]
    .reverse()
    .reduce((sum, digit, at) => sum + Number(digit) * (at % 2 ? 3 : 1), 0)
  return sum % 10 === 0
}

// Letters that Unicode does not take apart into a base and an accent.
const LATIN = 'æ ae ð d ø o ß ss þ th đ d ħ h ı i ĸ k ł l ŋ n œ oe ŧ t ẞ ss ə e'
const CYRILLIC =
  'а a б b в v г g ґ g д d е e є ie ж zh з z и i і i ї i й i к k л l м m н n о o п p р r с s т t ' +
  'у u ў u ф f х kh ц ts ч ch ш sh щ shch ъ  ы y ь  э e ю iu я ia ђ dj ј j љ lj њ nj ћ c џ dz'
const GREEK =
  'α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o'
const letters = new Map<string, string>(
  [LATIN, CYRILLIC, GREEK].flatMap((table) =>
    [...table.matchAll(/(\S) (\S*)(?: |$)/g)].map(([, from = '', to = '']) => [from, to] as const),
  ),
)

/** A name as part of an address: `Crème brûlée №2` → `creme-brulee-no2`. Never empty. */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/['’ʼ]/g, '')
    .replace(/&/g, ' and ')
    .replace(/[^ -~]/gu, (letter) => letters.get(letter) ?? ' ')
  const slug = plain
    .match(/[a-z0-9]+/g)
    ?.join('-')
    .slice(0, 120)
    .replace(/-$/, '')
  return slug || 'product'
}

/** Who may change a product: its owner while staff, and superusers. */
export function mayChange(user: User, product: { user_id: string }): boolean {
  return user.isSuperuser || (user.isStaff && user.id === product.user_id)
}

/** Whether an `If-Match` header, if there is one, allows a change of what has this tag. */
export function matches(ifMatch: string | undefined, etag: string): boolean {
  return ifMatch === undefined || etagMatches(ifMatch, etag, 'strong')
}

/**
 * What is wrong with the categories asked for; empty when nothing is. `known` are those of them
 * that exist, `parents` the category of each asked-for subcategory that exists.
 */
export function categoryFaults(
  asked: { categories: readonly number[]; subcategories: readonly number[] },
  known: ReadonlySet<number>,
  parents: ReadonlyMap<number, number>,
): FieldError[] {
  const faults: FieldError[] = []
  const unknown = asked.categories.filter((id) => !known.has(id))
  if (unknown.length > 0)
    faults.push({ field: 'categories', message: `there is no category ${unknown.join(', ')}` })
  const missing = asked.subcategories.filter((id) => !parents.has(id))
  if (missing.length > 0)
    faults.push({
      field: 'subcategories',
      message: `there is no subcategory ${missing.join(', ')}`,
    })
  const chosen = new Set(asked.categories)
  for (const id of asked.subcategories) {
    const parent = parents.get(id)
    if (parent !== undefined && !chosen.has(parent))
      faults.push({
        field: 'subcategories',
        message: `${id} belongs to category ${parent}, which is not among the product's categories`,
      })
  }
  return faults
}
