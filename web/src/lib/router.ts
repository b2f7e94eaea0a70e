import { type Place, placeOf } from './place.ts'
import { Store } from './store.ts'

/** Told when another place is to be shown; resolves when it is on the screen. */
export type Arrive = (place: Place, how: { query: boolean }) => Promise<void>

export const place = new Store<Place>(placeOf(globalThis.location?.href ?? 'http://localhost/'))

/**
 * Takes over navigation between pages of the shop. Fragments are left to the browser. Where the
 * Navigation API is missing nothing is taken over: links load whole pages, which the server has.
 */
export function startRouter(arrive: Arrive): void {
  if (!('navigation' in window)) return
  navigation.addEventListener('navigate', (event) => {
    if (!event.canIntercept || event.hashChange || event.downloadRequest !== null) return
    if (event.formData || event.navigationType === 'reload') return
    const next = placeOf(event.destination.url)
    if (/^\/api\//.test(next.url.pathname)) return
    const query = next.url.pathname === place.value.url.pathname
    event.intercept({
      focusReset: 'manual',
      scroll: query && event.navigationType !== 'traverse' ? 'manual' : 'after-transition',
      handler: async () => {
        await arrive(next, { query })
        if (!event.signal.aborted && !query) focusHeading()
      },
    })
  })
}

/** Goes to an address of the shop. */
export function go(href: string, how: { replace?: boolean } = {}): void {
  if ('navigation' in window)
    navigation.navigate(href, { history: how.replace ? 'replace' : 'auto' })
  else if (how.replace) location.replace(href)
  else location.assign(href)
}

/** Closes what a fragment opened, without leaving an entry behind. */
export function closeFragment(): void {
  if (location.hash === '') return
  const bare = location.pathname + location.search
  const entries = 'navigation' in window ? navigation.entries() : []
  const before = entries[(globalThis.navigation?.currentEntry?.index ?? 0) - 1]
  if (before?.url === new URL(bare, location.href).href) history.back()
  else history.replaceState(history.state, '', bare)
}

/** Puts the reader at the page's heading, where a screen reader starts to read. */
function focusHeading(): void {
  const at = document.querySelector<HTMLElement>('main h1') ?? document.querySelector('main')
  at?.focus({ preventScroll: true })
}
