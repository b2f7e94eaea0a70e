import { cart } from '../lib/cart.ts'
import { t } from '../lib/i18n.ts'
import { toasts } from '../lib/toasts.ts'
import type { Product } from '../lib/types.ts'

/** Adds one from a card, and says so once the service has taken it. */
export async function quickAdd(product: Product): Promise<void> {
  if (!(await cart.add(product))) return
  toasts.say(t('product.added', { name: product.name }), {
    tone: 'good',
    action: {
      label: t('product.viewCart'),
      run: () => {
        location.hash = '#cart'
      },
    },
  })
}
