import { html, nothing, type TemplateResult } from 'lit'
import { call } from '../lib/api.ts'
import { failureOf } from '../lib/failure.ts'
import { moment } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { queries } from '../lib/queries.ts'
import { get } from '../lib/query.ts'
import { reasonOf } from '../lib/reason.ts'
import { go } from '../lib/router.ts'
import { session } from '../lib/session.ts'
import { toasts } from '../lib/toasts.ts'
import type { Session } from '../lib/types.ts'
import { icon } from '../parts/icon.ts'
import { region } from '../parts/states.ts'
import { Light } from './page.ts'

const mine = get('GET /api/v1/users/me/sessions/', { as: 'user', query: { limit: 100 } })

/** Where the account is signed in, and the end of each of them. */
class AccountSessions extends Light {
  readonly #sessions = new Loaded<{ results: Session[] }>(this, () => [mine])

  override render(): TemplateResult {
    return html`${region(
      this.#sessions.region,
      ({ results }) => html`<ul class="rows">${results.map((it) => this.#row(it))}</ul>
        <button class="button quiet" @click=${this.#everywhere}>${icon('out')}${t('sessions.everywhere')}</button>`,
      () => html`<div class="ghost"><p class="line"></p><p class="line"></p></div>`,
    )}`
  }

  #row(it: Session): TemplateResult {
    return html`<li>${icon('device')}<div><strong>${browserOf(it.user_agent)}</strong>${it.current ? html` <span class="tag good">${t('sessions.this')}</span>` : nothing}<p class="muted small">${t('sessions.used', { moment: moment(it.last_used_at) })}</p></div>${
      it.current
        ? nothing
        : html`<button class="button quiet" @click=${() => this.#end(it)}>${t('sessions.end')}</button>`
    }</li>`
  }

  async #end({ id }: Session): Promise<void> {
    await this.#do(async () => {
      const params = { session_id: id }
      await call('DELETE /api/v1/users/me/sessions/{session_id}/', { params, as: 'user' })
      queries.invalidate(mine.key)
      toasts.say(t('sessions.ended'), { tone: 'good' })
    })
  }

  readonly #everywhere = () =>
    this.#do(async () => {
      const params = { id: session.value.person?.id ?? '' }
      const body = { action: 'revoke_sessions' } as const
      await call('POST /api/v1/users/{id}/', { params, body, as: 'user' })
      session.end()
      toasts.say(t('account.signedOut'))
      go('/sign-in')
    })

  async #do(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      toasts.say(reasonOf(failureOf(error)), { tone: 'bad' })
    }
  }
}

/** The browser and system that a user agent names, near enough to know one's own. */
function browserOf(agent: string): string {
  const browser = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'].find((it) => agent.includes(it))
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((it) =>
    agent.includes(it),
  )
  return (
    [browser?.replace('Edg', 'Edge').replace('OPR', 'Opera'), system].filter(Boolean).join(', ') ||
    agent.slice(0, 60) ||
    '?'
  )
}

customElements.define('account-sessions', AccountSessions)
