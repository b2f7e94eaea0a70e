import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { html } from 'lit'
import { isLanguage, type Language, speak } from '../web/src/lib/i18n.ts'
import { placeOf } from '../web/src/lib/place.ts'
import { en } from '../web/src/text/en.ts'
import { enMore } from '../web/src/text/en-more.ts'
import { pl } from '../web/src/text/pl.ts'
import { plMore } from '../web/src/text/pl-more.ts'
import { shellView } from '../web/src/views/shell.ts'
import { PageData } from './storefront-data.ts'
import { type ServedPage, servePage } from './storefront-pages.ts'
import { escapeText, renderText } from './storefront-render.ts'

/** What Vite built: the page's frame, and the files each page's module needs. */
export type Build = { template: string; modules: (name: string) => string[] }

const texts = { en: { ...en, ...enMore }, pl: { ...pl, ...plMore } }

type Chunk = { file: string; imports?: string[] }
type Wish = {
  url: URL
  origin: string
  api: string | undefined
  cookie: string | undefined
  traceparent: string | undefined
}

export function readBuild(template: string, folder: string): Build {
  const manifest: Record<string, Chunk> = JSON.parse(
    readFileSync(join(folder, 'manifest.json'), 'utf8'),
  )
  const modules = (name: string) => {
    const found = new Set<string>()
    const add = (key: string) => {
      const chunk = manifest[key]
      if (!chunk || found.has(chunk.file)) return
      found.add(chunk.file)
      for (const it of chunk.imports ?? []) add(it)
    }
    add('index.html')
    add(`src/pages/${name}.ts`)
    return [...found].map((it) => `/${it}`).filter((it) => !template.includes(`"${it}"`))
  }
  return { template: imageFirst(template), modules }
}

/** The page can be read before its scripts run, so styles and pictures come before them. */
function imageFirst(template: string): string {
  const [style = ''] = template.match(/<link rel="stylesheet"[^>]*>/) ?? []
  return template
    .replace(style, '')
    .replace('<!--head-->', `${style}\n<!--head-->`)
    .replace('<script type="module"', '<script type="module" fetchpriority="low"')
}

/** The whole HTML of a page, in the visitor's language and theme; `location` says where it is instead. */
export async function pageOf(
  build: Build,
  wish: Wish,
): Promise<{ status: number; html: string; location?: string }> {
  const place = placeOf(wish.url.href)
  const { origin, api, traceparent } = wish
  const data = new PageData({ origin, api, traceparent })
  const page = await servePage(place, data, wish.origin)
  const { language, theme } = choices(wish.cookie)
  // From here on nothing waits, so the language cannot change under this page.
  speak(language, texts[language])
  const content = shellView({
    page: page.view?.() ?? html`<div class="wrap"></div>`,
    path: wish.url.pathname + wish.url.search,
    search: wish.url.searchParams.get('q') ?? '',
    cartCount: 0,
  })
  const head = headOf(build, page, wish.origin)
  const boot = `<script type="application/json" id="boot">${inScript(data.boot)}</script>`
  return {
    status: page.status,
    ...(page.location ? { location: page.location } : {}),
    html: fill(build, language, theme, head, renderText(content), boot),
  }
}

/** The frame alone, which the service worker keeps for times without a network. */
export function shellOf(build: Build, cookie: string | undefined): string {
  const { language, theme } = choices(cookie)
  return fill(
    build,
    language,
    theme,
    '<title>Souk</title><meta name="robots" content="noindex">',
    '',
    '',
  )
}

function fill(
  build: Build,
  lang: Language,
  theme: string,
  head: string,
  page: string,
  boot: string,
): string {
  const root = `<html lang="${lang}"${theme ? ` data-theme="${theme}"` : ''}>`
  const parts: Record<string, string> = {
    '<!--head-->': head,
    '<!--page-->': page,
    '<!--boot-->': boot,
  }
  return build.template
    .replace(/<html[^>]*>/, root)
    .replace(/<!--(?:head|page|boot)-->/g, (it) => parts[it] ?? '')
}

function headOf(build: Build, page: ServedPage, origin: string): string {
  const url = escapeText(origin + page.canonical)
  const meta = (name: string, content: string) =>
    `<meta property="${name}" content="${escapeText(content)}">`
  const lines = [
    `<title>${escapeText(page.title())}</title>`,
    `<meta name="description" content="${escapeText(page.description())}">`,
    `<link rel="canonical" href="${url}">`,
    meta('og:title', page.title()),
    meta('og:description', page.description()),
    meta('og:url', origin + page.canonical),
    meta('og:type', page.image ? 'product' : 'website'),
    ...(page.image ? [meta('og:image', origin + page.image)] : []),
    ...(page.picture
      ? [`<link rel="preload" as="image" fetchpriority="high" href="${escapeText(page.picture)}">`]
      : []),
    ...(page.isPrivate ? ['<meta name="robots" content="noindex">'] : []),
    ...(page.facts ?? []).map(
      (it) => `<script type="application/ld+json">${inScript(it)}</script>`,
    ),
    ...build
      .modules(page.module)
      .map((it) => `<link rel="modulepreload" fetchpriority="low" href="${it}">`),
  ]
  return lines.join('\n')
}

/** JSON that cannot end the script it stands in. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function choices(cookie = ''): { language: Language; theme: string } {
  const language = /(?:^|;\s*)souk_lang=(\w+)/.exec(cookie)?.[1]
  const theme = /(?:^|;\s*)souk_theme=(light|dark)(?:;|$)/.exec(cookie)?.[1]
  return { language: isLanguage(language) ? language : 'en', theme: theme ?? '' }
}
