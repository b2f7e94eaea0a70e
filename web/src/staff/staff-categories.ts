import { html, nothing, type TemplateResult } from 'lit'
import { call } from '../lib/api.ts'
import { failureOf } from '../lib/failure.ts'
import { t } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { queries } from '../lib/queries.ts'
import { get } from '../lib/query.ts'
import { go } from '../lib/router.ts'
import { toasts } from '../lib/toasts.ts'
import type { Category, CategoryPage, CategoryTree, ProductPage } from '../lib/types.ts'
import { failed } from '../parts/states.ts'
import { adder, type NodeModel, nodeRow } from './category-parts.ts'
import { ask, consequences } from './dialog.ts'
import { ghostRows, reasonOf, sayRefused } from './parts.ts'
import { Room } from './room.ts'
import { allCategories, treeOf } from './shelf-picker.ts'

type Kind = { of: Category; parent?: Category }

/** Counts of all products by category come with any page of products. */
const counts = get('GET /api/v1/products/', { query: { facets: 1, limit: 1 } })

/** The tree of categories and subcategories. */
class StaffCategories extends Room {
  readonly #all = new Loaded<CategoryPage>(this, allCategories)
  readonly #counts = new Loaded<ProductPage>(this, () => [counts])
  readonly #open = new Set<number>()
  readonly #trees = new Loaded<CategoryTree>(this, () => [...this.#open].map(treeOf))
  #renamed = ''
  /** Names as they will be when what is under way succeeds. */
  readonly #names = new Map<string, string>()
  #fault: { at: string; text: string } | undefined

  override render(): TemplateResult {
    const regions = this.#all.regions
    const bad = regions.find((it) => it.state === 'error')
    const all = regions.flatMap((it) => (it.state === 'ok' ? it.value.results : []))
    return html`<div class="staff-head"><h1 tabindex="-1">${t('staff.categories')}</h1></div>
      <p class="lead">${t('staff.categoriesText')}</p>
      ${
        bad?.state === 'error'
          ? failed(bad.failure, bad.retry)
          : all.length === 0 && regions[0]?.state === 'loading'
            ? ghostRows()
            : html`<ul class="tree">${all.map((it) => this.#category(it))}</ul>
              ${adder({ at: 'new', label: t('staff.newCategory'), fault: this.#faultAt('new'), onAdd: (event) => void this.#add(event) })}`
      }`
  }

  #category(category: Category): TemplateResult {
    const region = this.#counts.region
    const facets = region.state === 'ok' ? region.value.facets : undefined
    const n = facets && (facets.categories.find((it) => it.id === category.id)?.count ?? 0)
    const isOpen = this.#open.has(category.id)
    return html`<li>${nodeRow({
      ...this.#node({ of: category }),
      open: isOpen,
      ...(n === undefined ? {} : { count: n }),
      href: `/staff/products?category=${category.id}`,
      onToggle: () => this.#toggle(category.id),
    })}${isOpen ? this.#kinds(category) : nothing}</li>`
  }

  #kinds(category: Category): TemplateResult {
    const tree = queries.peek(treeOf(category.id))
    if (!tree) {
      const bad = this.#trees.regions.find((it) => it.state === 'error')
      return bad?.state === 'error' ? failed(bad.failure, bad.retry) : ghostRows()
    }
    const at = `new-${category.id}`
    return html`<div class="kinds" id="kinds-${category.id}">
      ${tree.subcategories.length === 0 ? html`<p class="muted">${t('staff.noKinds')}</p>` : nothing}
      <ul>${tree.subcategories.map((it) => html`<li>${nodeRow(this.#node({ of: it, parent: category }))}</li>`)}</ul>
      ${adder({ at, label: t('staff.newKind', { name: category.name }), fault: this.#faultAt(at), onAdd: (event) => void this.#add(event, category) })}
    </div>`
  }

  #node(kind: Kind): NodeModel {
    const at = keyOf(kind)
    return {
      at,
      id: kind.of.id,
      name: this.#names.get(at) ?? kind.of.name,
      editing: this.#renamed === at,
      fault: this.#faultAt(at),
      onEdit: () => void this.#edit(at),
      onRename: (name) => void this.#rename(kind, name),
      onCancel: () => void this.#edit(''),
      onDelete: () => void this.#delete(kind),
    }
  }

  #faultAt(at: string): string {
    return this.#fault?.at === at ? this.#fault.text : ''
  }

  #toggle(id: number): void {
    if (!this.#open.delete(id)) this.#open.add(id)
    this.requestUpdate()
  }

  /** Opens the name for writing, or closes it and gives the focus back. */
  async #edit(at: string): Promise<void> {
    const before = this.#renamed
    this.#renamed = at
    this.#fault = undefined
    this.requestUpdate()
    await this.updateComplete
    if (at) this.querySelector<HTMLInputElement>(`#name-${at}`)?.select()
    else this.querySelector<HTMLElement>(`#edit-${before}`)?.focus()
  }

  async #rename(kind: Kind, typed: string): Promise<void> {
    const { of, parent } = kind
    const at = keyOf(kind)
    const name = typed.trim()
    if (name === '' || name === of.name) return this.#edit('')
    this.#names.set(at, name)
    await this.#edit('')
    const [params, body] = [{ id: of.id }, { name }]
    try {
      if (parent) await call('PUT /api/v1/subcategories/{id}/', { params, body, as: 'user' })
      else await call('PUT /api/v1/categories/{id}/', { params, body, as: 'user' })
      toasts.say(t('staff.renamed', { was: of.name, name }), { tone: 'good' })
      await this.#changed(parent ?? of)
    } catch (error) {
      await this.#edit(at)
      this.#fault = { at, text: faultOf(error) }
    }
    this.#names.delete(at)
    this.requestUpdate()
  }

  async #add(event: Event, parent?: Category): Promise<void> {
    event.preventDefault()
    const input = (event.target as HTMLFormElement).querySelector('input')
    const name = input?.value.trim() ?? ''
    const at = parent ? `new-${parent.id}` : 'new'
    this.#fault = name ? undefined : { at, text: t('fault.required') }
    this.requestUpdate()
    if (!input || !name) return input?.focus()
    try {
      const body = { name }
      if (parent)
        await call('POST /api/v1/categories/{id}/subcategories/', {
          params: { id: parent.id },
          body,
          as: 'user',
        })
      else await call('POST /api/v1/categories/', { body, as: 'user' })
      input.value = ''
      toasts.say(t('staff.addedName', { name }), { tone: 'good' })
      await this.#changed(parent)
    } catch (error) {
      this.#fault = { at, text: faultOf(error) }
      this.requestUpdate()
    }
    input.focus()
  }

  async #delete({ of, parent }: Kind): Promise<void> {
    const { name } = of
    const lines = parent
      ? [t('staff.deleteKind.1')]
      : [t('staff.deleteCategory.1'), t('staff.deleteCategory.2')]
    const sure = await ask({
      title: t('staff.deleteCategory', { name }),
      body: html`${consequences(lines)}`,
      choices: [{ value: 'delete', label: t('delete'), tone: 'bad' }],
    })
    if (!sure) return
    const params = { id: of.id }
    try {
      if (parent) await call('DELETE /api/v1/subcategories/{id}/', { params, as: 'user' })
      else await call('DELETE /api/v1/categories/{id}/', { params, as: 'user' })
      toasts.say(t('staff.deleted', { name }), { tone: 'good' })
      if (!parent) this.#open.delete(of.id)
      await this.#changed(parent ?? of)
      this.querySelector('h1')?.focus()
    } catch (error) {
      if (failureOf(error).code === 'in_use') await explainInUse(of, parent)
      else sayRefused(error)
    }
  }

  /** Everything that shows names asks again; here it is waited for, so that nothing flickers. */
  async #changed(category?: Category): Promise<void> {
    queries.invalidate('/api/v1/categories/', '/api/v1/products/', 'tiles')
    const asked: Promise<unknown>[] = allCategories().map((it) => queries.fetch(it))
    if (category && this.#open.has(category.id)) asked.push(queries.fetch(treeOf(category.id)))
    await Promise.allSettled(asked)
    this.requestUpdate()
  }
}

async function explainInUse({ id, name }: Category, parent?: Category): Promise<void> {
  const answer = await ask({
    title: t('staff.inUse', { name }),
    body: html`<p>${t('staff.inUseText')}</p>`,
    choices: [{ value: 'show', label: t('staff.showThem') }],
    cancel: t('staff.understood'),
  })
  if (answer) go(parent ? `/category/${parent.id}?sub=${id}` : `/staff/products?category=${id}`)
}

function keyOf({ of, parent }: Kind): string {
  return parent ? `kind-${of.id}` : `category-${of.id}`
}

function faultOf(error: unknown): string {
  return failureOf(error).code === 'already_exists' ? t('staff.taken') : reasonOf(error)
}

customElements.define('staff-categories', StaffCategories)
