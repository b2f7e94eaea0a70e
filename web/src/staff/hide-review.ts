import { html } from 'lit'
import { t } from '../lib/i18n.ts'
import { stars } from '../parts/stars.ts'
import { ask, consequences } from './dialog.ts'
import type { Moderated } from './staff-reviews.ts'

const usual = [
  'staff.hide.spam',
  'staff.hide.insult',
  'staff.hide.private',
  'staff.hide.offTopic',
] as const

/** Tells what hiding means and asks for the reason; undefined when it stays shown. */
export async function askHide({ rating, title, comment }: Moderated): Promise<string | undefined> {
  const take = (event: Event) => {
    const button = event.target as HTMLButtonElement
    const text = button.form?.querySelector('textarea')
    if (!text) return
    text.value = button.textContent?.trim() ?? ''
    text.focus()
  }
  const check = (form: HTMLFormElement) => {
    const text = form.querySelector('textarea')
    const isThere = (text?.value.trim() ?? '') !== ''
    form.querySelector('.field-fault')?.toggleAttribute('hidden', isThere)
    text?.setAttribute('aria-invalid', String(!isThere))
    if (!isThere) text?.focus()
    return isThere
  }
  const answer = await ask({
    title: t('staff.hideTitle'),
    body: html`<blockquote class="quoted">${stars(rating)}<p>${title || comment}</p></blockquote>
      ${consequences([t('staff.hide.1'), t('staff.hide.2')])}
      <div class="field"><label for="reason">${t('staff.hide.reason')}</label>
        <textarea id="reason" name="reason" rows="2" maxlength="500" aria-describedby="reason-fault"></textarea>
        <p class="field-fault" id="reason-fault" role="alert" hidden>${t('fault.required')}</p></div>
      <div class="chips">${usual.map((it) => html`<button type="button" class="chip" @click=${take}>${t(it)}</button>`)}</div>`,
    choices: [{ value: 'hide', label: t('staff.hide') }],
    check,
  })
  return answer && String(answer.data.get('reason')).trim()
}
