import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { t } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { queries } from '../lib/queries.ts'
import { get } from '../lib/query.ts'
import type { Category, CategoryPage, CategoryTree } from '../lib/types.ts'
import { failed } from '../parts/states.ts'
import { Room } from './room.ts'

const MOST = 100

/** The pages of all categories: a hundred at a time, as many as the first one tells of. */
export function allCategories() {
  const page = (offset: number) =>
    get('GET /api/v1/categories/', { query: { limit: MOST, offset: offset || undefined } })
  const count = queries.peek(page(0))?.count ?? 0
  return Array.from({ length: Math.max(1, Math.ceil(count / MOST)) }, (_, at) => page(at * MOST))
}

export function treeOf(id: number) {
  return get('GET /api/v1/categories/{id}/subcategories/', { params: { id } })
}

type Shelves = { categories: Category[]; subcategories: Category[] }

/** On which shelves a product stands: categories, and the kinds of those chosen. Says `change`. */
export class ShelfPicker extends Room {
  static override properties = {
    of: { attribute: false },
    disabled: { attribute: false },
    fault: {},
  }
  /** What it starts from; another product is another start. */
  of: Shelves = { categories: [], subcategories: [] }
  categories: Category[] = []
  subcategories: Category[] = []
  disabled = false
  fault = ''
  readonly #all = new Loaded<CategoryPage>(this, allCategories)
  readonly #trees = new Loaded<CategoryTree>(this, () => this.categories.map((it) => treeOf(it.id)))

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('of')) return
    this.categories = this.of.categories
    this.subcategories = this.of.subcategories
  }

  override render(): TemplateResult {
    const regions = this.#all.regions
    const bad = regions.find((it) => it.state === 'error')
    if (bad?.state === 'error') return failed(bad.failure, bad.retry)
    const all = regions.flatMap((it) => (it.state === 'ok' ? it.value.results : []))
    const trees = this.#trees.regions.flatMap((it) => (it.state === 'ok' ? [it.value] : []))
    return html`<fieldset ?disabled=${this.disabled} aria-describedby=${this.fault ? 'shelves-fault' : nothing}><legend>${t('staff.shelves')}</legend>
      <div class="ticks">${all.map((it) => tick(it, has(this.categories, it), () => this.#category(it)))}</div></fieldset>
      ${trees
        .filter((it) => it.subcategories.length > 0)
        .map(
          (tree) =>
            html`<fieldset ?disabled=${this.disabled}><legend>${t('staff.kindsOf', { name: tree.name })}</legend><div class="ticks">${tree.subcategories.map((it) => tick(it, has(this.subcategories, it), () => this.#kind(it)))}</div></fieldset>`,
        )}
      ${this.fault ? html`<p class="field-fault" id="shelves-fault">${this.fault}</p>` : nothing}`
  }

  #category(category: Category): void {
    const isGoing = has(this.categories, category)
    this.categories = toggled(this.categories, category)
    const tree = queries.peek(treeOf(category.id))
    // Its kinds go with it, or the service would refuse them.
    if (isGoing && tree)
      this.subcategories = this.subcategories.filter((it) => !has(tree.subcategories, it))
    this.#changed()
  }

  #kind(kind: Category): void {
    this.subcategories = toggled(this.subcategories, kind)
    this.#changed()
  }

  #changed(): void {
    this.requestUpdate()
    this.dispatchEvent(new Event('change', { bubbles: true }))
  }
}

function tick({ name }: Category, isOn: boolean, toggle: () => void): TemplateResult {
  const change = (event: Event) => {
    event.stopPropagation()
    toggle()
  }
  return html`<label class="tick-chip"><input type="checkbox" .checked=${isOn} @change=${change}><span>${name}</span></label>`
}

function has(list: readonly Category[], one: Category): boolean {
  return list.some((it) => it.id === one.id)
}

function toggled(list: readonly Category[], one: Category): Category[] {
  return has(list, one) ? list.filter((it) => it.id !== one.id) : [...list, one]
}

customElements.define('shelf-picker', ShelfPicker)
