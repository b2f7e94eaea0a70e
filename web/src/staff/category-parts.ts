import { html, nothing, type TemplateResult } from 'lit'
import { t } from '../lib/i18n.ts'
import { icon } from '../parts/icon.ts'

export type NodeModel = {
  /** What its inputs and faults are told apart by. */
  at: string
  id: number
  name: string
  editing: boolean
  fault: string
  /** Of a category: whether its subcategories are shown, and how many products it holds. */
  open?: boolean
  count?: number
  href?: string
  onToggle?: () => void
  onEdit: () => void
  onRename: (name: string) => void
  onCancel: () => void
  onDelete: () => void
}

/** A name in the tree, with what can be done to it. */
export function nodeRow(model: NodeModel): TemplateResult {
  const { name, at, onToggle, count, href } = model
  if (model.editing) return renaming(model)
  return html`<div class="node">
    ${
      onToggle
        ? html`<button class="tool" aria-expanded=${String(model.open)} aria-controls="kinds-${model.id}" aria-label=${t('staff.open', { name })} @click=${onToggle}>${icon('right')}</button>`
        : nothing
    }
    <div class="node-text"><span class="node-name">${name}</span>${count === undefined || !href ? nothing : html`<a class="muted small" href=${href}>${t('staff.holds', { n: count })}</a>`}</div>
    <button class="link" id="edit-${at}" aria-label=${t('staff.rename.of', { name })} @click=${model.onEdit}>${t('staff.rename')}</button>
    <button class="tool" aria-label=${t('staff.delete.of', { name })} title=${t('delete')} @click=${model.onDelete}>${icon('trash')}</button>
  </div>`
}

function renaming({ at, name, fault, onRename, onCancel }: NodeModel): TemplateResult {
  const submit = (event: Event) => {
    event.preventDefault()
    onRename((event.target as HTMLFormElement).querySelector('input')?.value ?? '')
  }
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onCancel()
  }
  return html`<form class="node field" novalidate @submit=${submit} @keydown=${key}>
    <div class="grow"><label class="sr" for="name-${at}">${t('staff.nameOf', { name })}</label>
    <input id="name-${at}" maxlength="100" autocomplete="off" .value=${name} aria-invalid=${fault ? 'true' : nothing} aria-describedby=${fault ? `fault-${at}` : nothing}>
    ${fault ? html`<p class="field-fault" role="alert" id="fault-${at}">${fault}</p>` : nothing}</div>
    <button class="button">${t('save')}</button><button type="button" class="button quiet" @click=${onCancel}>${t('cancel')}</button>
  </form>`
}

/** A name to be added. */
export function adder(model: {
  at: string
  label: string
  fault: string
  onAdd: (event: Event) => void
}): TemplateResult {
  const { at, label, fault } = model
  return html`<form class="adder field" novalidate @submit=${model.onAdd}>
    <div class="grow"><label for="name-${at}">${label}</label>
    <input id="name-${at}" maxlength="100" autocomplete="off" aria-invalid=${fault ? 'true' : nothing} aria-describedby=${fault ? `fault-${at}` : nothing}>
    ${fault ? html`<p class="field-fault" role="alert" id="fault-${at}">${fault}</p>` : nothing}</div>
    <button class="button quiet">${icon('plus')}${t('staff.add')}</button>
  </form>`
}
