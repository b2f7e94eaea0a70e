import './styles/shop.css'
import { ShopApp } from './elements/shop-app.ts'
import { readBoot } from './lib/boot.ts'
import { placeOf } from './lib/place.ts'
import { prefs } from './lib/prefs.ts'
import { pages } from './pages.ts'

readBoot()
const { match } = placeOf(location.href)
// The server's page stands until everything for the first rendering is here.
const [{ page }] = await Promise.all([pages[match.name](), prefs.start()])
ShopApp.first = page
customElements.define('shop-app', ShopApp)

if ('serviceWorker' in navigator && location.protocol !== 'file:') {
  const make = (url: string) => url
  const policy = globalThis.trustedTypes?.createPolicy('souk', { createScriptURL: make })
  const url = policy?.createScriptURL('/sw.js') ?? '/sw.js'
  navigator.serviceWorker.register(url as string).catch(() => undefined)
}
