import { html, type TemplateResult } from 'lit'
import { call } from '../lib/api.ts'
import { t } from '../lib/i18n.ts'
import { me } from '../lib/me.ts'
import { queries } from '../lib/queries.ts'
import { toasts } from '../lib/toasts.ts'
import { field } from '../parts/field.ts'
import { Sending } from '../parts/form.ts'
import { Light } from './page.ts'

/** A new password ends every other session. */
class AccountPassword extends Light {
  readonly #sending = new Sending(this)

  override render(): TemplateResult {
    const { faults, summary, isUnderWay } = this.#sending
    return html`<form class="form" novalidate @submit=${this.#save}>
      ${field({ name: 'current_password', label: t('account.current'), type: 'password', autocomplete: 'current-password', required: true, fault: faults.current_password })}
      ${field({ name: 'password', label: t('account.next'), type: 'password', hint: t('register.passwordHint'), autocomplete: 'new-password', required: true, fault: faults.password })}
      ${summary}
      <button class="button" ?disabled=${isUnderWay}>${t('save')}</button>
    </form>`
  }

  readonly #save = (event: Event) => {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    void this.#sending.send(form, async ({ current_password = '', password = '' }) => {
      const { email, username } = await queries.fetch(me)
      const body = { email, username, password, current_password }
      await call('PUT /api/v1/users/', { body, as: 'user' })
      queries.invalidate('/api/v1/users/')
      form.reset()
      toasts.say(t('account.passwordSaved'), { tone: 'good' })
    })
  }
}

customElements.define('account-password', AccountPassword)
