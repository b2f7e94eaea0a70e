import { html, nothing, type TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import '../text/more.ts'
import { t, tried } from '../lib/i18n.ts'
import { Loaded } from '../lib/loaded.ts'
import { queries } from '../lib/queries.ts'
import type { Query } from '../lib/query.ts'
import type { ServiceStatus } from '../lib/types.ts'
import { region } from '../parts/states.ts'

const status: Query<ServiceStatus[]> = { key: '/status.json', path: '/status.json' }
const AGAIN_MS = 3_000

/** Who is there now: services, their instances, versions and speed. */
class PageStatus extends Page {
  readonly #status = new Loaded<ServiceStatus[]>(this, () => [status])
  #timer = 0

  override get heading(): string {
    return t('status.title')
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#timer = window.setInterval(() => {
      if (!document.hidden) queries.invalidate(status.key)
    }, AGAIN_MS)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearInterval(this.#timer)
  }

  override render(): TemplateResult {
    return html`<div class="wrap narrow"><h1 tabindex="-1">${t('status.title')}</h1><p class="lead">${t('status.text')}</p>
      ${region(
        this.#status.region,
        (all) => html`<ul class="services">${all.map(service)}</ul>`,
        () =>
          html`<div class="ghost"><p class="line big"></p><p class="line big"></p><p class="line big"></p><p class="line big"></p></div>`,
      )}</div>`
  }
}

function service({ name, instances }: ServiceStatus): TemplateResult {
  const isUp = instances.some((it) => it.up)
  return html`<li class="service"><h2><span class="dot ${isUp ? 'up' : 'down'}"></span>${tried(`service.${name}`) ?? name} <span class="muted small">${t(isUp ? 'status.up' : 'status.down')}</span></h2>
    ${
      instances.length === 0
        ? html`<p class="muted">${t('status.none')}</p>`
        : html`<ul>${instances.map((it) => html`<li><span class="dot ${it.up ? 'up' : 'down'}"></span><code>${it.url.replace(/^https?:\/\//, '')}</code><span class="muted">${it.version ?? ''}</span><span class="muted">${it.ms === undefined ? nothing : t('status.ms', { ms: it.ms.toFixed(0) })}</span><span class="sr">${t(it.up ? 'status.up' : 'status.down')}</span></li>`)}</ul>`
    }</li>`
}

customElements.define('page-status', PageStatus)

export { PageStatus as page }
