import { LitElement } from 'lit'
import { brand } from '../brand.ts'
import { t } from '../lib/i18n.ts'
import type { Place } from '../lib/place.ts'
import { prefs } from '../lib/prefs.ts'
import { place } from '../lib/router.ts'
import { Watch } from '../lib/store.ts'

/** In the document itself: labels, skip links and landmarks do not reach into a shadow root. */
export class Light extends LitElement {
  #isOpened = false

  protected override createRenderRoot(): HTMLElement {
    // What the server sent stands here until now.
    if (!this.#isOpened) this.replaceChildren()
    this.#isOpened = true
    return this
  }
}

/** A page: one element, which the shell gives the place it stands for. */
export class Page extends Light {
  static override properties = { place: { attribute: false } }
  place: Place = place.value

  constructor() {
    super()
    new Watch(this, prefs)
  }

  /** What the page is called, for the window's title. */
  get heading(): string {
    return ''
  }

  protected override updated(): void {
    const title = this.heading
      ? `${this.heading} · ${brand.name}`
      : `${brand.name}. ${t('home.title')}`
    if (document.title !== title && this.isConnected) document.title = title
  }
}
