import { call } from './api.ts'
import { cart } from './cart.ts'
import { t } from './i18n.ts'
import { keep } from './tabs.ts'
import { toasts } from './toasts.ts'

/** After sign-in: what the guest had joins the account's cart; tells what came of it. */
export async function mergeCarts(): Promise<void> {
  if (keep.get('cart') === null) return cart.load()
  try {
    const { merged, ...whole } = await call('POST /api/v1/cart/merge/', { as: 'user' })
    cart.adopt(whole)
    const added = merged.reduce((sum, it) => sum + it.quantity, 0)
    const capped = merged.filter((it) => it.capped).length
    const report = [
      added > 0 ? t('cart.merged', { n: added }) : '',
      capped > 0 ? t('cart.capped', { n: capped }) : '',
    ]
    const text = report.join(' ').trim()
    if (text) toasts.say(text, { tone: capped > 0 ? 'plain' : 'good' })
  } catch {
    await cart.load()
  }
}
