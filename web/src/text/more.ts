import { addTexts } from '../lib/i18n.ts'

/** Importing this waits for the texts that only some pages need. */
await addTexts({
  en: async () => (await import('./en-more.ts')).enMore,
  pl: async () => (await import('./pl-more.ts')).plMore,
})
