import '../text/more.ts'
import type { Failure } from './failure.ts'
import { type Key, t } from './i18n.ts'

/**
 * How the services word a rule, and how it is said here; a number among their words is `n`.
 * A test has every rule of every form of the shop broken, and finds none of their words left.
 */
const rules: readonly [words: RegExp, said: Key][] = [
  [/^is taken$/, 'wrong.taken'],
  [/email address/i, 'fault.email'],
  [/^must be letters/, 'wrong.username'],
  [/most common/, 'wrong.common'],
  [/too much like/, 'wrong.like'],
  [/^must not be empty|received undefined|expected string to have >=1 /, 'fault.required'],
  [/must be (\d+) characters or longer|string to have >=(\d+) /, 'wrong.short'],
  [/(\d+) characters or shorter|at most (\d+) characters|string to have <=(\d+) /, 'wrong.long'],
  [/half a character|cannot be (?:stored|sent)/, 'wrong.signs'],
  [/^must be an amount/, 'wrong.amount'],
  [/whole number|expected (?:int|number)/, 'wrong.number'],
  [/EAN-13/, 'wrong.barcode'],
  [/^there is no|^\d+ belongs to/, 'wrong.gone'],
  [/array to have <=(\d+) /, 'wrong.many'],
  [/JPEG, PNG, WebP/, 'wrong.picture'],
  [/^is damaged/, 'wrong.damaged'],
  [/(\d+(?:\.\d+)?) megapixels/, 'wrong.pixels'],
  [/^Invalid input: expected|^must be ids/, 'wrong.kind'],
]

/** What does not fit about each field, in the reader's language; in the service's where it has none. */
export function fieldReasons({ fields }: Failure): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, words]) => [name, said(words)]))
}

function said(words: string): string {
  for (const [rule, key] of rules) {
    const found = rule.exec(words)
    if (found) return t(key, { n: found.slice(1).find((it) => it !== undefined) ?? '' })
  }
  return words
}
