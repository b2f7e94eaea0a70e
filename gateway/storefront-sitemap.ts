import { request as ask } from 'undici'
import { categoryPath, productPath } from '../web/src/routes.ts'
import { escapeText } from './storefront-render.ts'

const KEPT_MS = 3_600_000
/** A sitemap may have 50,000 addresses; more would need an index of several. */
const MOST = 50_000
const PAGE = 100

type Page<T> = { results: T[]; next: string | null }

export function robots(origin: string): string {
  return `User-agent: *\nDisallow: /account\nDisallow: /staff\nDisallow: /cart\nDisallow: /api/\nSitemap: ${origin}/sitemap.xml\n`
}

/** Every public address of the shop, made again each hour. */
export class Sitemap {
  #kept: { at: number; paths: string[] } | undefined

  async text(origin: string, api: string | undefined): Promise<string> {
    if (!this.#kept || Date.now() - this.#kept.at > KEPT_MS) {
      const paths = await pathsOf(origin, api).catch(() => undefined)
      if (paths) this.#kept = { at: Date.now(), paths }
    }
    const paths = this.#kept?.paths ?? ['/', '/products']
    const urls = paths.map((it) => `<url><loc>${escapeText(origin + it)}</loc></url>`)
    return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${urls.join('\n')}\n</urlset>\n`
  }
}

async function pathsOf(origin: string, api: string | undefined): Promise<string[]> {
  const paths = ['/', '/products']
  if (!api) return paths
  const { host } = new URL(origin)
  const get = async <T>(path: string): Promise<Page<T>> => {
    const answer = await ask(api + path, { headers: { host }, headersTimeout: 5_000 })
    if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`)
    return (await answer.body.json()) as Page<T>
  }
  const categories = await get<{ id: number; name: string }>('/api/v1/categories/?limit=100')
  paths.push(...categories.results.map(categoryPath))
  for (let offset = 0; paths.length < MOST; offset += PAGE) {
    const query = `ordering=created_at&limit=${PAGE}&offset=${offset}`
    const page = await get<{ slug: string }>(`/api/v1/products/?${query}`)
    paths.push(...page.results.map(productPath))
    if (!page.next) break
  }
  return paths
}
