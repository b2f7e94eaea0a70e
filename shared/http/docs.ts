import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { openapi } from '../derive/openapi.ts'
import { etagMatches, etagOf } from './conditional.ts'
import { pageHtml, pageScript, pageStyle } from './docs-page.ts'
import { fault } from './errors.ts'
import { securityHeaders } from './headers.ts'
import type { Service } from './service.ts'

/** An answer to HEAD has the body of GET, for its sender to measure and leave out. */
export type DocsReply = { status: number; headers: Record<string, string>; body: Buffer }

/**
 * Answers what lies under `/api/schema/`; undefined for any other path. Header names in lower case.
 * Fails with `method_not_allowed` for anything but GET and HEAD.
 */
export type Docs = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
) => Promise<DocsReply> | undefined

type Page = { type: string; load: () => Promise<Buffer | string>; policy?: string }
type Loaded = { type: string; plain: Buffer; zipped: Buffer; etag: string; policy?: string }

const ROOT = '/api/schema/'
const UI = `${ROOT}swagger-ui/`
const EMPTY = Buffer.alloc(0)

/** Only files of this origin, no script or style within the page; Swagger UI's icons are `data:`. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * The OpenAPI document and Swagger UI of a service, each made when first asked for. `folder` holds
 * Swagger UI's files; by default those beside the bundle, else those of the package.
 */
export function docs(service: Service, folder?: string): Docs {
  const file = (name: string) => () => readFile(join(folder ?? uiFolder(), name))
  const pages: Record<string, Page> = {
    [ROOT]: { type: 'application/json', load: async () => JSON.stringify(openapi(service)) },
    [UI]: {
      type: 'text/html; charset=utf-8',
      load: async () => pageHtml(service, UI),
      policy: PAGE_POLICY,
    },
    [`${UI}start.js`]: {
      type: 'text/javascript; charset=utf-8',
      load: async () => pageScript(ROOT),
    },
    [`${UI}souk.css`]: { type: 'text/css; charset=utf-8', load: async () => pageStyle },
    [`${UI}swagger-ui.css`]: { type: 'text/css; charset=utf-8', load: file('swagger-ui.css') },
    [`${UI}swagger-ui-bundle.js`]: {
      type: 'text/javascript; charset=utf-8',
      load: file('swagger-ui-bundle.js'),
    },
    [`${UI}favicon-32x32.png`]: { type: 'image/png', load: file('favicon-32x32.png') },
  }
  const loaded = new Map<Page, Promise<Loaded>>()
  return (method, path, headers) => {
    const page = pages[path] ?? pages[`${path}/`]
    if (!page) return undefined
    if (method !== 'GET' && method !== 'HEAD')
      throw fault('method_not_allowed', undefined, { headers: { allow: 'GET, HEAD' } })
    let content = loaded.get(page)
    if (!content) {
      content = load(page)
      // What could not be read once may be there the next time.
      content.catch(() => loaded.delete(page))
      loaded.set(page, content)
    }
    return content.then((it) => replyOf(it, headers))
  }
}

async function load({ load: read, ...page }: Page): Promise<Loaded> {
  const plain = Buffer.from(await read())
  return { ...page, plain, zipped: await promisify(gzip)(plain), etag: etagOf(plain) }
}

function replyOf(page: Loaded, asked: Parameters<Docs>[2]): DocsReply {
  const zips = /\bgzip\b(?!\s*;\s*q=0(\.0+)?\s*(,|$))/.test(String(asked['accept-encoding'] ?? ''))
  // Each form of the content has a tag of its own (RFC 9110, 8.8.3.3).
  const etag = zips ? page.etag.replace(/"$/, '-gzip"') : page.etag
  const headers: Record<string, string> = {
    ...securityHeaders,
    ...(page.policy ? { 'content-security-policy': page.policy } : {}),
    'cache-control': 'public, max-age=0, must-revalidate',
    etag,
    vary: 'accept-encoding',
  }
  const wanted = asked['if-none-match']
  if (wanted !== undefined && etagMatches(String(wanted), etag, 'weak'))
    return { status: 304, headers, body: EMPTY }
  const body = zips ? page.zipped : page.plain
  headers['content-type'] = page.type
  if (zips) headers['content-encoding'] = 'gzip'
  return { status: 200, headers, body }
}

/** Beside the bundle or above its chunks when built; in the package otherwise. */
function uiFolder(): string {
  const here = import.meta.dirname
  for (const place of [join(here, 'swagger-ui'), join(here, '../swagger-ui')])
    if (existsSync(join(place, 'swagger-ui-bundle.js'))) return place
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
}
