import { html, type TemplateResult } from 'lit'
import { isLanguage, languages, t } from '../lib/i18n.ts'
import { prefs, themes } from '../lib/prefs.ts'
import { Watch } from '../lib/store.ts'
import { icon } from '../parts/icon.ts'
import { Light } from './page.ts'

/** Theme and language, behind one button. */
class ShopSettings extends Light {
  constructor() {
    super()
    new Watch(this, prefs)
  }

  override render(): TemplateResult {
    const { theme, language } = prefs.value
    return html`<button class="tool" popovertarget="settings" aria-label=${t('nav.settings')}>${icon('sun')}</button>
      <div id="settings" class="settings" popover>
        <fieldset><legend>${t('theme.title')}</legend><div class="segments">${themes.map(
          (it) =>
            html`<label><input type="radio" name="theme" .checked=${it === theme} @change=${() => prefs.setTheme(it)}><span>${t(`theme.${it}`)}</span></label>`,
        )}</div></fieldset>
        <fieldset><legend>${t('language')}</legend><div class="segments">${Object.entries(
          languages,
        ).map(
          ([code, name]) =>
            html`<label lang=${code}><input type="radio" name="language" .checked=${code === language} @change=${() => isLanguage(code) && prefs.setLanguage(code)}><span>${name}</span></label>`,
        )}</div></fieldset>
      </div>`
  }
}

customElements.define('shop-settings', ShopSettings)
