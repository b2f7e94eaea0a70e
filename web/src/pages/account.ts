import { html, nothing, type TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import '../text/more.ts'
import { t } from '../lib/i18n.ts'
import { go } from '../lib/router.ts'
import { session } from '../lib/session.ts'
import { Watch } from '../lib/store.ts'
import { toasts } from '../lib/toasts.ts'
import '../elements/account-profile.ts'
import '../elements/account-password.ts'
import '../elements/account-sessions.ts'
import '../elements/account-reviews.ts'

const sections = {
  '': () => html`<account-profile></account-profile>`,
  password: () => html`<account-password></account-password>`,
  sessions: () => html`<account-sessions></account-sessions>`,
  reviews: () => html`<account-reviews></account-reviews>`,
} as const
type Section = keyof typeof sections

const names = {
  '': 'account.profile',
  password: 'account.password',
  sessions: 'account.sessions',
  reviews: 'account.reviews',
} as const

/** The account, by sections; a guest is shown the way in. */
class PageAccount extends Page {
  constructor() {
    super()
    new Watch(this, session)
  }

  get #section(): Section {
    return (this.place.match.params.section ?? '') as Section
  }

  override get heading(): string {
    return t(names[this.#section])
  }

  override render(): TemplateResult {
    if (session.isGuest) {
      const href = `/sign-in?to=${encodeURIComponent(this.place.url.pathname)}`
      return html`<div class="wrap narrow"><div class="notice"><h1 tabindex="-1">${t('account.needed')}</h1><a class="button" href=${href}>${t('signIn.submit')}</a></div></div>`
    }
    const section = this.#section
    return html`<div class="wrap account">
      <nav class="side" aria-label=${t('account.title')}>
        <p class="muted">${session.value.person?.username ?? nothing}</p>
        <ul>${Object.entries(names).map(([path, name]) => html`<li><a href=${path ? `/account/${path}` : '/account'} aria-current=${path === section ? 'page' : nothing}>${t(name)}</a></li>`)}
        <li><button class="link" @click=${this.#signOut}>${t('account.signOut')}</button></li></ul>
      </nav>
      <div><h1 tabindex="-1">${t(names[section])}</h1>${sections[section]()}</div>
    </div>`
  }

  readonly #signOut = async () => {
    await session.signOut()
    toasts.say(t('account.signedOut'))
    go('/')
  }
}

customElements.define('page-account', PageAccount)

export { PageAccount as page }
