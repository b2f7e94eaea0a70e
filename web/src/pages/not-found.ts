import { html, type TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import '../text/more.ts'
import { t } from '../lib/i18n.ts'
import { notFoundView } from '../views/not-found.ts'

class PageNotFound extends Page {
  override get heading(): string {
    return t('notFound.title')
  }

  override render(): TemplateResult {
    return html`${notFoundView()}`
  }
}

customElements.define('page-not-found', PageNotFound)

export { PageNotFound as page }
