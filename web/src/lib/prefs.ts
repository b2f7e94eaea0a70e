import { isLanguage, type Language, speak, spoken, textsOf } from './i18n.ts'
import { Store } from './store.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]
export type Prefs = { theme: Theme; language: Language }

const YEAR_SECONDS = 31_536_000

/**
 * Theme and language. They are kept in cookies, so that the server sends the page in them at once:
 * no flash, and no script before the first paint.
 */
class PrefsStore extends Store<Prefs> {
  constructor() {
    const root = globalThis.document?.documentElement
    const theme = themes.find((it) => it === root?.dataset.theme) ?? 'system'
    super({ theme, language: isLanguage(root?.lang) ? root.lang : 'en' })
  }

  async start(): Promise<void> {
    const { language } = this.value
    if (language !== spoken()) speak(language, await textsOf(language))
  }

  setTheme(theme: Theme): void {
    if (theme === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    remember('theme', theme)
    this.update({ theme })
  }

  async setLanguage(language: Language): Promise<void> {
    speak(language, await textsOf(language))
    document.documentElement.lang = language
    remember('lang', language)
    this.update({ language })
  }
}

function remember(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
  document.cookie = `souk_${name}=${value}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`
}

export const prefs = new PrefsStore()
