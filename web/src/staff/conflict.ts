import { html, type TemplateResult } from 'lit'
import { t } from '../lib/i18n.ts'
import type { Product } from '../lib/types.ts'
import { ask } from './dialog.ts'
import { type Editable, type Field, fields, textOf } from './product-fields.ts'

const labels = {
  name: 'staff.name',
  price: 'staff.price',
  stock_count: 'staff.stock',
  categories: 'staff.shelves',
  subcategories: 'staff.kinds',
  barcode: 'staff.barcode',
  description: 'staff.description',
  image: 'staff.picture',
} as const satisfies Record<Field, string>

/**
 * Shows what somebody else made of a product meanwhile beside what we want (`ours` names the fields),
 * and asks which shall stand; undefined when that was left open.
 */
export async function askConflict(
  seen: Product,
  theirs: Product,
  wanted: Editable,
  ours: readonly Field[],
): Promise<'theirs' | 'ours' | undefined> {
  const changed = fields.filter(
    (it) => ours.includes(it) || textOf(seen, it) !== textOf(theirs, it),
  )
  const answer = await ask({
    title: t('staff.conflict', { name: seen.name }),
    body: html`<p>${t('staff.conflictText')}</p>
      <div class="conflicts">${changed.map((it) => row(it, seen, theirs, ours.includes(it) ? wanted : undefined))}</div>
      <p class="hint">${t('staff.conflict.hint')}</p>`,
    choices: [
      { value: 'theirs', label: t('staff.conflict.takeTheirs') },
      { value: 'ours', label: t('staff.conflict.keepOurs'), tone: 'quiet' },
    ],
  })
  return answer?.choice as 'theirs' | 'ours' | undefined
}

function row(
  field: Field,
  seen: Product,
  theirs: Product,
  wanted: Editable | undefined,
): TemplateResult {
  const isTheirs = textOf(seen, field) !== textOf(theirs, field)
  return html`<section><h3>${t(labels[field])}</h3><dl>
    <div><dt>${t('staff.conflict.was')}</dt><dd>${value(seen, field)}</dd></div>
    <div class=${isTheirs ? 'news' : ''}><dt>${t('staff.conflict.theirs')}</dt><dd>${value(theirs, field)}</dd></div>
    <div class=${wanted ? 'news' : ''}><dt>${t('staff.conflict.ours')}</dt><dd>${wanted ? (field === 'image' && wanted.image ? t('staff.picture.another') : value(wanted, field)) : t('staff.conflict.same')}</dd></div>
  </dl></section>`
}

function value(product: Editable, field: Field): unknown {
  if (field === 'image' && product.image)
    return html`<img src=${product.image} alt=${t('staff.picture.alt')} width="56" height="56">`
  return textOf(product, field) || html`<em class="muted">${t('staff.empty')}</em>`
}
