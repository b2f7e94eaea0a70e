import { spoken } from '../lib/i18n.ts'

const MOST_STOCK = 2_147_483_647

/** What somebody typed as a price, with a comma or a point, as `"12.90"`; undefined if it is none. */
export function readPrice(text: string): string | undefined {
  const found = /^(\d{1,10})(?:[.,](\d{1,2}))?$/.exec(text.replace(/\s|\p{Sc}/gu, ''))
  if (!found) return undefined
  return `${(found[1] ?? '').replace(/^0+(?=\d)/, '')}.${(found[2] ?? '').padEnd(2, '0')}`
}

/** A price as it is typed in the language spoken: `"12.90"`, in Polish `"12,90"`. */
export function typedPrice(price: string): string {
  return spoken() === 'pl' ? price.replace('.', ',') : price
}

/** What somebody typed as a stock; undefined if it is no whole number that can be stored. */
export function readStock(text: string): number | undefined {
  const plain = text.replace(/\s/g, '')
  const stock = /^\d{1,10}$/.test(plain) ? Number(plain) : undefined
  return stock !== undefined && stock <= MOST_STOCK ? stock : undefined
}
