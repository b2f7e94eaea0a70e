import { en, type Text, type Texts } from '../text/en.ts'
import type { MoreTexts } from '../text/en-more.ts'
import type { StaffTexts } from '../text/en-staff.ts'

export const languages = { en: 'English', pl: 'Polski' } as const
export type Language = keyof typeof languages
export type Key = keyof Texts | keyof MoreTexts | keyof StaffTexts
type Loader = Record<Language, () => Promise<Partial<Record<Key, Text>>>>

let language: Language = 'en'
let texts: Partial<Record<Key, Text>> = en
let plurals = new Intl.PluralRules('en')
const loaders: Loader[] = []

export function isLanguage(text: string | undefined): text is Language {
  return text !== undefined && Object.hasOwn(languages, text)
}

/** Speaks this language from now on. Rendering is synchronous, so a server may set it for each page. */
export function speak(to: Language, dictionary: Partial<Record<Key, Text>>): void {
  language = to
  texts = dictionary
  plurals = new Intl.PluralRules(to)
}

export function spoken(): Language {
  return language
}

/** Brings the texts of a language; English is here already. */
export async function textsOf(wanted: Language): Promise<Partial<Record<Key, Text>>> {
  const core: Texts = wanted === 'pl' ? (await import('../text/pl.ts')).pl : en
  const more = await Promise.all(loaders.map((it) => it[wanted]()))
  return Object.assign({}, core, ...more)
}

/** Takes in texts that not every page needs, now and after each change of the language. */
export async function addTexts(loader: Loader): Promise<void> {
  loaders.push(loader)
  // Two may come in at the same time: what is here is looked at after the waiting.
  const more = await loader[language]()
  texts = { ...texts, ...more }
}

/** The text of a key, with `{name}` filled in; plural forms are chosen by `n`. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  const text = texts[key] ?? key
  const form =
    typeof text === 'string' ? text : (text[plurals.select(Number(values.n))] ?? text.other)
  return form.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

/** The text of a key that is made at run time, or undefined when there is none. */
export function tried(key: string, values: Readonly<Record<string, string>> = {}) {
  return Object.hasOwn(texts, key) ? t(key as Key, values) : undefined
}
