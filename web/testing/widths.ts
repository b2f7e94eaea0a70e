import type { Browser } from 'playwright-core'

type Options = NonNullable<Parameters<Browser['newContext']>[0]>

/** What visitors hold: a journey that is for everybody is made with each. */
export const views = {
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
  },
  desk: { viewport: { width: 1280, height: 900 } },
} satisfies Record<string, Options>
