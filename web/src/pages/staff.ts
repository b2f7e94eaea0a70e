import { html, type TemplateResult } from 'lit'
import { Page } from '../elements/page.ts'
import '../text/more.ts'
import { t } from '../lib/i18n.ts'
import { notFoundView } from '../views/not-found.ts'

/** The shop's own rooms; the services refuse whoever is no staff, whatever is shown here. */
class PageStaff extends Page {
  override get heading(): string {
    return t('nav.staff')
  }

  override render(): TemplateResult {
    return html`${notFoundView()}`
  }
}

customElements.define('page-staff', PageStaff)

export { PageStaff as page }
