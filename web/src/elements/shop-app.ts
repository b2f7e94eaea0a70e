import { html, nothing, type TemplateResult } from 'lit'
import { cart } from '../lib/cart.ts'
import { failureOf } from '../lib/failure.ts'
import { t } from '../lib/i18n.ts'
import { net } from '../lib/net.ts'
import type { Place } from '../lib/place.ts'
import { prefs } from '../lib/prefs.ts'
import { nameOf } from '../lib/reason.ts'
import { closeFragment, place, startRouter } from '../lib/router.ts'
import { session } from '../lib/session.ts'
import { Watch } from '../lib/store.ts'
import { toasts } from '../lib/toasts.ts'
import { pages } from '../pages.ts'
import { icon } from '../parts/icon.ts'
import { failed } from '../parts/states.ts'
import { shellView } from '../views/shell.ts'
import { Light, type Page } from './page.ts'
import './shop-search.ts'
import './shop-settings.ts'
import './shop-toasts.ts'

const FIRST_PAUSE_MS = 1500
const LONGEST_PAUSE_MS = 15_000

/** The frame of the shop: header, the page of the moment, footer, and what lies above them. */
export class ShopApp extends Light {
  /** The page to begin with; it is there already, so that no frame is painted without it. */
  static first: new () => Page
  #page: Page | TemplateResult = new ShopApp.first()
  #isDrawerOpen = false
  #isSlow = false

  constructor() {
    super()
    new Watch(this, cart, net, prefs, session)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    startRouter((next, how) => this.#show(next, how.query))
    window.addEventListener('hashchange', () => this.#readFragment())
    session.addEventListener('expired', () => toasts.say(t('signIn.expired')))
    window.addEventListener('online', () => void cart.load())
    void this.#findOut()
    void cart.load()
    this.#readFragment()
  }

  /** Whether a kept session still holds; while the account service rests, it is asked again. */
  async #findOut(pause = FIRST_PAUSE_MS): Promise<void> {
    try {
      await session.token()
    } catch {
      setTimeout(() => void this.#findOut(Math.min(2 * pause, LONGEST_PAUSE_MS)), pause)
    }
  }

  async #show(next: Place, isSamePath: boolean): Promise<void> {
    const slow = setTimeout(() => this.#setSlow(true), 150)
    try {
      const { page: Make } = await pages[next.match.name]()
      place.set(next)
      if (!(this.#page instanceof Make) || !(isSamePath || this.#isKept(next)))
        this.#page = new Make()
      if (this.#page instanceof Make) this.#page.place = next
    } catch (error) {
      place.set(next)
      const again = () => void this.#show(next, isSamePath)
      this.#page = html`<div class="wrap narrow"><h1 class="sr" tabindex="-1">${t('error.refused')}</h1>${failed(failureOf(error), again)}</div>`
    } finally {
      clearTimeout(slow)
      this.#isSlow = false
    }
    this.#readFragment(next.url.hash)
    await this.updateComplete
    if (this.#page instanceof Light) await this.#page.updateComplete
  }

  /** From one list to another, and over the sections of an account, the page itself stays. */
  #isKept({ match }: Place): boolean {
    return /^(list|category|account|staff)/.test(match.name)
  }

  #setSlow(isSlow: boolean): void {
    this.#isSlow = isSlow
    this.requestUpdate()
  }

  #readFragment(hash = location.hash): void {
    this.#isDrawerOpen = hash === '#cart'
    this.requestUpdate()
    if (this.#isDrawerOpen) void import('./shop-drawer.ts')
  }

  readonly #openCart = (event: Event) => {
    const click = event as MouseEvent
    if (click.ctrlKey || click.metaKey || click.shiftKey || place.value.match.name === 'cart')
      return
    event.preventDefault()
    location.hash = '#cart'
  }

  override render(): TemplateResult {
    const { match, url } = place.value
    const { person } = session.value
    return shellView({
      page: this.#page,
      path: url.pathname + url.search,
      search: url.searchParams.get('q') ?? '',
      cartCount: cart.value.count,
      username: person?.username,
      staff: person !== undefined && (person.staff || person.superuser),
      searchBox: nothing,
      settings: html`<shop-settings></shop-settings>`,
      footer: this.#footer(),
      onCart: this.#openCart,
      extras: html`
        <div class="progress ${this.#isSlow || net.value.busy > 0 ? 'on' : ''}" aria-hidden="true"></div>
        ${
          net.value.online
            ? nothing
            : html`<div class="offline" role="status">${icon('cloud')}<strong>${t('offline.title')}</strong> ${t('offline.text')}</div>`
        }
        ${
          this.#isDrawerOpen && match.name !== 'cart'
            ? html`<shop-drawer @close=${closeFragment}></shop-drawer>`
            : html`<shop-toasts></shop-toasts>`
        }`,
    })
  }

  #footer(): TemplateResult | typeof nothing {
    const { heard } = net.value
    if (!heard) return nothing
    const service = nameOf(heard.service)
    return html`${t('foot.answered', { service, instance: heard.instance })} ${heard.ms ? t('foot.ms', { ms: heard.ms }) : nothing}`
  }
}
