import { html } from 'lit'
import { t } from '../lib/i18n.ts'
import { toasts } from '../lib/toasts.ts'
import type { Product } from '../lib/types.ts'
import { ask, consequences } from './dialog.ts'
import { sayRefused } from './parts.ts'
import { deleteProduct } from './saving.ts'

/** Tells what deleting a product means, and does it if that is still wanted; true when it is gone. */
export async function askDelete({ id, name }: Product): Promise<boolean> {
  const lines = ([1, 2, 3, 4] as const).map((it) => t(`staff.deleteProduct.${it}`))
  const answer = await ask({
    title: t('staff.deleteProduct', { name }),
    body: html`${consequences(lines)}`,
    choices: [{ value: 'delete', label: t('delete'), tone: 'bad' }],
  })
  if (!answer) return false
  try {
    await deleteProduct(id)
    toasts.say(t('staff.deleted', { name }), { tone: 'good' })
    return true
  } catch (error) {
    sayRefused(error)
    return false
  }
}
