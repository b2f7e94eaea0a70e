import { html, type TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import { call } from '../lib/api.ts'
import { mergeCarts } from '../lib/merge.ts'
import '../text/more.ts'
import { t } from '../lib/i18n.ts'
import { go } from '../lib/router.ts'
import { session } from '../lib/session.ts'
import { toasts } from '../lib/toasts.ts'
import { wayBack } from '../lib/way-back.ts'
import { field } from '../parts/field.ts'
import { Sending } from '../parts/form.ts'

class PageRegister extends Page {
  readonly #sending = new Sending(this)

  override get heading(): string {
    return t('register.title')
  }

  override render(): TemplateResult {
    const { faults, summary, isUnderWay } = this.#sending
    return html`<div class="wrap card-page">
      <h1 tabindex="-1">${t('register.title')}</h1>
      <p class="muted">${t('signIn.keep')}</p>
      <form class="form" novalidate @submit=${this.#submit}>
        ${field({ name: 'email', label: t('signIn.email'), type: 'email', autocomplete: 'email', required: true, fault: faults.email })}
        ${field({ name: 'username', label: t('register.username'), hint: t('register.usernameHint'), autocomplete: 'nickname', required: true, maxlength: 150, fault: faults.username })}
        ${field({ name: 'password', label: t('signIn.password'), type: 'password', hint: t('register.passwordHint'), autocomplete: 'new-password', required: true, fault: faults.password })}
        ${summary}
        <button class="button big" ?disabled=${isUnderWay}>${t('register.submit')}</button>
      </form>
      <p>${t('register.have')} <a href="/sign-in${this.place.url.search}">${t('signIn.submit')}</a></p>
    </div>`
  }

  readonly #submit = (event: Event) => {
    event.preventDefault()
    void this.#sending.send(
      event.target as HTMLFormElement,
      async ({ email = '', username = '', password = '' }) => {
        await call('POST /api/v1/users/', { body: { email, username, password } })
        await session.signIn(email, password)
        toasts.say(t('register.done', { name: username }), { tone: 'good' })
        await mergeCarts()
        go(wayBack(this.place.url), { replace: true })
      },
    )
  }
}

customElements.define('page-register', PageRegister)

export { PageRegister as page }
