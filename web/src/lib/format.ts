import { brand } from '../brand.ts'
import { spoken } from './i18n.ts'

const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>()

function kept<F extends Intl.NumberFormat | Intl.DateTimeFormat>(name: string, make: () => F): F {
  const key = `${spoken()} ${name}`
  const found = made.get(key) ?? make()
  made.set(key, found)
  return found as F
}

/** A decimal string as money. Intl takes the digits as they are: no float in between. */
export function money(amount: string): string {
  const options = { style: 'currency', currency: brand.currency } as const
  const format = kept('money', () => new Intl.NumberFormat(spoken(), options))
  return format.format(amount as Intl.StringNumericLiteral)
}

/** The same without cents where there are none. */
export function shortMoney(amount: string): string {
  const options = { style: 'currency', currency: brand.currency } as const
  const short = { ...options, trailingZeroDisplay: 'stripIfInteger' } as const
  const format = kept('short', () => new Intl.NumberFormat(spoken(), short))
  return format.format(amount as Intl.StringNumericLiteral)
}

export function number(value: number, digits?: number): string {
  const options =
    digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits }
  return kept(`number ${digits}`, () => new Intl.NumberFormat(spoken(), options)).format(value)
}

/** A day, from RFC 3339. */
export function day(time: string): string {
  const format = kept('day', () => new Intl.DateTimeFormat(spoken(), { dateStyle: 'long' }))
  return format.format(new Date(time))
}

/** A day and the time, from RFC 3339. */
export function moment(time: string): string {
  const options = { dateStyle: 'medium', timeStyle: 'short' } as const
  return kept('moment', () => new Intl.DateTimeFormat(spoken(), options)).format(new Date(time))
}

/** `"12.90"` → 1290. */
export function toMinor(amount: string): number {
  const [whole = '0', part = ''] = amount.split('.')
  return Number(`${whole}${part.padEnd(2, '0').slice(0, 2)}`)
}

/** 1290 → `"12.90"`. */
export function fromMinor(minor: number): string {
  const digits = String(Math.abs(minor)).padStart(3, '0')
  return `${minor < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
