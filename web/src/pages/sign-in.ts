import { html, type TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import { mergeCarts } from '../lib/merge.ts'
import '../text/more.ts'
import { t } from '../lib/i18n.ts'
import { go } from '../lib/router.ts'
import { session } from '../lib/session.ts'
import { wayBack } from '../lib/way-back.ts'
import { field } from '../parts/field.ts'
import { Sending } from '../parts/form.ts'

class PageSignIn extends Page {
  readonly #sending = new Sending(this)

  override get heading(): string {
    return t('nav.signIn')
  }

  override render(): TemplateResult {
    const { faults, summary, isUnderWay } = this.#sending
    return html`<div class="wrap card-page">
      <h1 tabindex="-1">${t('signIn.title')}</h1>
      <p class="muted">${t('signIn.keep')}</p>
      <form class="form" novalidate @submit=${this.#submit}>
        ${field({ name: 'email', label: t('signIn.email'), type: 'email', autocomplete: 'username', required: true, fault: faults.email })}
        ${field({ name: 'password', label: t('signIn.password'), type: 'password', autocomplete: 'current-password', required: true, fault: faults.password })}
        ${summary}
        <button class="button big" ?disabled=${isUnderWay}>${t('signIn.submit')}</button>
      </form>
      <p>${t('signIn.new')} <a href="/register${this.place.url.search}">${t('signIn.register')}</a></p>
    </div>`
  }

  readonly #submit = (event: Event) => {
    event.preventDefault()
    void this.#sending.send(
      event.target as HTMLFormElement,
      async ({ email = '', password = '' }) => {
        await session.signIn(email, password)
        await mergeCarts()
        go(wayBack(this.place.url), { replace: true })
      },
    )
  }
}

customElements.define('page-sign-in', PageSignIn)

export { PageSignIn as page }
