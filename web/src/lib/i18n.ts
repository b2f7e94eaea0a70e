import { en, type Key, type Text, type Texts } from '../text/en.ts'

export const languages = { en: 'English', pl: 'Polski' } as const
export type Language = keyof typeof languages

let language: Language = 'en'
let texts: Texts = en
let plurals = new Intl.PluralRules('en')

export function isLanguage(text: string | undefined): text is Language {
  return text !== undefined && Object.hasOwn(languages, text)
}

/** Speaks this language from now on. Rendering is synchronous, so a server may set it for each page. */
export function speak(to: Language, dictionary: Texts): void {
  if (to === language && dictionary === texts) return
  language = to
  texts = dictionary
  plurals = new Intl.PluralRules(to)
}

export function spoken(): Language {
  return language
}

/** Brings the texts of a language; English is here already. */
export async function textsOf(wanted: Language): Promise<Texts> {
  return wanted === 'pl' ? (await import('../text/pl.ts')).pl : en
}

/** The text of a key, with `{name}` filled in; plural forms are chosen by `n`. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  const text: Text = texts[key]
  const form =
    typeof text === 'string' ? text : (text[plurals.select(Number(values.n))] ?? text.other)
  return form.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

/** The text of a key that is made at run time, or undefined when there is none. */
export function tried(key: string): string | undefined {
  return Object.hasOwn(en, key) ? t(key as Key) : undefined
}
