import { html, nothing, type TemplateResult } from 'lit'
import { call } from '../lib/api.ts'
import { day } from '../lib/format.ts'
import { t } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { queries } from '../lib/queries.ts'
import { get, type Part } from '../lib/query.ts'
import { type Person, session } from '../lib/session.ts'
import { toasts } from '../lib/toasts.ts'
import type { User } from '../lib/types.ts'
import { icon } from '../parts/icon.ts'
import { region } from '../parts/states.ts'
import { pageOf, ROWS } from './address.ts'
import { ask, consequences } from './dialog.ts'
import { finder, ghostRows, noneFound, pager, sayRefused } from './parts.ts'
import { Room } from './room.ts'

type UserPage = Part<'GET /api/v1/users/', 'reply'>
type Action = Part<'POST /api/v1/users/{id}/', 'body'>['action']

/** What is asked about first: it ends sessions, which nobody can give back. */
const grave: readonly Action[] = ['deactivate', 'revoke_sessions']
const opposite: Partial<Record<Action, Action>> = {
  activate: 'deactivate',
  grant_staff: 'revoke_staff',
  revoke_staff: 'grant_staff',
}
const effects: Partial<Record<Action, Partial<User>>> = {
  activate: { is_active: true },
  deactivate: { is_active: false },
  grant_staff: { is_staff: true },
  revoke_staff: { is_staff: false },
}

/** Who has an account, and what can be done about it. */
class StaffUsers extends Room {
  static override properties = { url: { attribute: false } }
  url = new URL(location.href)
  readonly #page = new Loaded<UserPage>(this, () => [listQuery(this.url)])
  /** As they will be when what is under way succeeds. */
  readonly #own = new Map<string, User>()
  #open = ''

  override render(): TemplateResult {
    return html`<div class="staff-head"><h1 tabindex="-1">${t('staff.users')}</h1></div>
      <div class="staff-tools">${finder(t('staff.find.users'))}</div>
      ${region(this.#page.region, (page) => this.#list(page), ghostRows)}`
  }

  #list({ results, count }: UserPage): TemplateResult {
    if (results.length === 0) return noneFound(this.url)
    const isOld = this.#page.region.state === 'loading'
    return html`<ul class="people ${isOld ? 'old' : ''}">${results.map((it) => this.#row(this.#own.get(it.id) ?? it))}</ul>${pager(this.url, count)}`
  }

  #row(user: User): TemplateResult {
    const isOpen = this.#open === user.id
    const { last_login: seen } = user
    return html`<li>
      <div class="person">
        <div><h2>${user.username} ${badges(user)}</h2><p class="small">${user.email}</p>
        <p class="muted small">${t('staff.user.joined', { day: day(user.date_joined) })}, ${seen ? t('staff.user.seen', { day: day(seen) }) : t('staff.user.never')}</p></div>
        <button class="button quiet more" aria-expanded=${String(isOpen)} aria-controls="acts-${user.id}" aria-label=${t('staff.user.manage', { name: user.username })} @click=${() => this.#toggle(user.id)}>${t('staff.actions')}${icon('right')}</button>
      </div>
      <div id="acts-${user.id}" ?hidden=${!isOpen}>${isOpen ? this.#actions(user) : nothing}</div>
    </li>`
  }

  #actions(user: User): TemplateResult {
    const { person } = session.value
    if (person?.id === user.id) return html`<p class="acts muted">${t('staff.user.self')}</p>`
    const actions = actionsOn(user, person)
    if (actions.length === 0) return html`<p class="acts muted">${t('staff.user.above')}</p>`
    return html`<ul class="acts">${actions.map(
      (it) =>
        html`<li><button class="button quiet" aria-describedby="act-${it}-${user.id}" @click=${() => void this.#act(user, it)}>${t(`staff.act.${it}`)}</button><p class="small" id="act-${it}-${user.id}">${t(`staff.act.${it}.text`)}</p></li>`,
    )}</ul>`
  }

  #toggle(id: string): void {
    this.#open = this.#open === id ? '' : id
    this.requestUpdate()
  }

  async #act(user: User, action: Action): Promise<void> {
    const { id, username: name } = user
    if (grave.includes(action) && !(await isSure(name, action))) return
    this.#own.set(id, { ...user, ...effects[action] })
    this.requestUpdate()
    try {
      const params = { id }
      const now = await call('POST /api/v1/users/{id}/', { params, body: { action }, as: 'user' })
      this.#own.set(id, now)
      queries.invalidate('/api/v1/users/')
      // From here on the list tells it.
      await queries.fetch(listQuery(this.url)).catch(() => undefined)
      this.#own.delete(id)
      const back = opposite[action]
      const undo = back && { label: t('undo'), run: () => void this.#act(now, back) }
      toasts.say(t(`staff.act.${action}.done`, { name }), {
        tone: 'good',
        ...(undo ? { action: undo } : {}),
      })
    } catch (error) {
      this.#own.delete(id)
      sayRefused(error)
    }
    this.requestUpdate()
    await this.updateComplete
    // The button that was pressed may have made way for its opposite.
    if (document.activeElement === document.body)
      this.querySelector<HTMLElement>(`[aria-controls="acts-${id}"]`)?.focus()
  }
}

/** What this person may do to that account; the service has the last word. */
export function actionsOn(user: User, by: Person | undefined): Action[] {
  const isAbove = user.is_staff || user.is_superuser
  if (!by || by.id === user.id || (isAbove && !by.superuser)) return []
  const rights: Action[] = user.is_staff ? ['revoke_staff'] : ['grant_staff']
  return [
    user.is_active ? 'deactivate' : 'activate',
    'revoke_sessions',
    ...(by.superuser && !user.is_superuser ? rights : []),
  ]
}

async function isSure(name: string, action: Action): Promise<boolean> {
  const label = t(`staff.act.${action}`)
  const answer = await ask({
    title: t('staff.act.sure', { action: label, name }),
    body: html`${consequences([t(`staff.act.${action}.text`)])}`,
    choices: [{ value: action, label, ...(action === 'deactivate' ? { tone: 'bad' } : {}) }],
  })
  return answer !== undefined
}

function badges(user: User): TemplateResult {
  const badge = (is: boolean, key: 'superuser' | 'staff' | 'inactive' | 'you', tone = '') =>
    is ? html`<span class="badge-word ${tone}">${t(`staff.user.${key}`)}</span>` : nothing
  const isSelf = session.value.person?.id === user.id
  return html`${badge(isSelf, 'you')}${badge(user.is_superuser, 'superuser')}${badge(user.is_staff && !user.is_superuser, 'staff')}${badge(!user.is_active, 'inactive', 'off')}`
}

function listQuery(url: URL) {
  return get('GET /api/v1/users/', {
    query: {
      search: (url.searchParams.get('find') ?? '').slice(0, 254),
      limit: ROWS,
      offset: (pageOf(url) - 1) * ROWS || undefined,
    },
    as: 'user',
  })
}

customElements.define('staff-users', StaffUsers)
