import { html, type TemplateResult } from 'lit'
import { call } from '../lib/api.ts'
import { day } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { me } from '../lib/me.ts'
import { queries } from '../lib/queries.ts'
import { go } from '../lib/router.ts'
import { session } from '../lib/session.ts'
import { toasts } from '../lib/toasts.ts'
import type { User } from '../lib/types.ts'
import { field } from '../parts/field.ts'
import { Sending } from '../parts/form.ts'
import { region } from '../parts/states.ts'
import { Light } from './page.ts'

/** Name and email; the end of the account. */
class AccountProfile extends Light {
  readonly #me = new Loaded<User>(this, () => [me])
  readonly #sending = new Sending(this)
  readonly #deleting = new Sending(this)

  override render(): TemplateResult {
    return html`${region(
      this.#me.region,
      (user) => this.#form(user),
      () =>
        html`<div class="ghost form"><p class="line"></p><p class="line"></p><p class="line"></p></div>`,
    )}`
  }

  #form(user: User): TemplateResult {
    const { faults, summary, isUnderWay } = this.#sending
    return html`<p class="muted">${t('account.since', { day: day(user.date_joined) })}</p>
      <form class="form" novalidate @submit=${(event: Event) => this.#save(event, user)}>
        ${field({ name: 'username', label: t('register.username'), value: user.username, autocomplete: 'nickname', required: true, fault: faults.username })}
        ${field({ name: 'email', label: t('signIn.email'), type: 'email', value: user.email, autocomplete: 'email', required: true, fault: faults.email })}
        ${field({ name: 'current_password', label: t('account.current'), type: 'password', hint: t('account.currentHint'), autocomplete: 'current-password', fault: faults.current_password })}
        ${summary}
        <button class="button" ?disabled=${isUnderWay}>${t('save')}</button>
      </form>
      <details class="danger"><summary>${t('account.delete')}</summary>
        <p>${t('account.deleteText')}</p>
        <form class="form" novalidate @submit=${this.#delete}>
          ${field({ name: 'delete_password', label: t('account.current'), type: 'password', autocomplete: 'current-password', required: true, fault: this.#deleting.faults.delete_password })}
          ${this.#deleting.summary}
          <button class="button bad" ?disabled=${this.#deleting.isUnderWay}>${t('account.delete')}</button>
        </form>
      </details>`
  }

  #save(event: Event, user: User): void {
    event.preventDefault()
    void this.#sending.send(
      event.target as HTMLFormElement,
      async ({ email = '', username = '', current_password }) => {
        const needed = email !== user.email && current_password ? { current_password } : {}
        await call('PUT /api/v1/users/', { body: { email, username, ...needed }, as: 'user' })
        queries.invalidate('/api/v1/users/', '/api/v1/reviews/')
        toasts.say(t('account.saved'), { tone: 'good' })
      },
    )
  }

  readonly #delete = (event: Event) => {
    event.preventDefault()
    void this.#deleting.send(event.target as HTMLFormElement, async ({ delete_password = '' }) => {
      await call('DELETE /api/v1/users/', {
        body: { current_password: delete_password },
        as: 'user',
      })
      session.end()
      go('/')
    })
  }
}

customElements.define('account-profile', AccountProfile)
