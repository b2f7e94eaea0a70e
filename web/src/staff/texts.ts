import { addTexts } from '../lib/i18n.ts'

/** Importing this waits for the texts of the staff rooms. */
await addTexts({
  en: async () => (await import('../text/en-staff.ts')).enStaff,
  pl: async () => (await import('../text/pl-staff.ts')).plStaff,
})
