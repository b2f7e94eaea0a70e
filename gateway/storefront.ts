import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { fault } from '../shared/http/errors.ts'
import { securityHeaders } from '../shared/http/headers.ts'
import { requestIdOf } from '../shared/runtime/ids.ts'
import { log } from '../shared/runtime/log.ts'
import { problemReply } from '../shared/runtime/reply.ts'
import type { ServiceStatus } from '../web/src/lib/types.ts'
import { Assets } from './storefront-assets.ts'
import { type Build, pageOf, readBuild, shellOf } from './storefront-document.ts'
import { robots, Sitemap } from './storefront-sitemap.ts'

export type StorefrontOptions = {
  /** The folder that Vite built. */
  folder: string
  /** Base URL at which this server reaches the services; none: the browser asks for everything. */
  api?: () => string
  /** Who is there, for the status page. */
  status?: () => Promise<ServiceStatus[]>
}

const pack = promisify<string, { level: number }, Buffer>(gzip)

/** Of an HTML page. Lit makes its templates through a Trusted Types policy of this name. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html souk',
].join('; ')

const pageHeaders = {
  ...securityHeaders,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'cache-control': 'no-cache',
  vary: 'cookie, accept-encoding',
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), browsing-topics=()',
}

/**
 * Answers everything that is no service's: the built files, and for every route of the shop a page
 * whose head, first data and plain content are made here. Never anything under /api/.
 */
export function storefront(
  options: StorefrontOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const assets = new Assets(options.folder)
  const file = join(options.folder, 'index.html')
  const build: Build | undefined = existsSync(file)
    ? readBuild(readFileSync(file, 'utf8'), options.folder)
    : undefined
  const sitemap = new Sitemap()
  return (request, response) => {
    void answer(request, response).catch((error: unknown) => {
      log.error('page failed', { error })
      if (response.headersSent) response.end()
      else send(request, response, 500, 'text/plain', 'This page could not be made.')
    })
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = originOf(request)
    const url = new URL(request.url ?? '/', origin)
    const { pathname: path } = url
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(request, response, 405, 'text/plain', 'Only GET is answered here.', {
        allow: 'GET, HEAD',
      })
    if (path.startsWith('/api/')) return noSuchApi(request, response, path)
    if (assets.answer(path, request, response)) return
    if (path === '/robots.txt') return send(request, response, 200, 'text/plain', robots(origin))
    const api = options.api?.()
    const traceparent = [request.headers.traceparent ?? []].flat()[0]
    if (path === '/sitemap.xml')
      return send(request, response, 200, 'application/xml', await sitemap.text(origin, api))
    if (path === '/status.json')
      return send(
        request,
        response,
        200,
        'application/json',
        JSON.stringify((await options.status?.()) ?? []),
      )
    if (!build)
      return send(request, response, 503, 'text/plain', 'The storefront has not been built.')
    const page: Awaited<ReturnType<typeof pageOf>> =
      path === '/shell'
        ? { status: 200, html: shellOf(build, request.headers.cookie) }
        : await pageOf(build, { url, origin, api, cookie: request.headers.cookie, traceparent })
    const isPacked = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
    // The lowest level: a page is packed for each visitor, and higher ones save little more.
    const body = isPacked ? await pack(page.html, { level: 1 }) : Buffer.from(page.html)
    response.writeHead(page.status, {
      ...pageHeaders,
      'content-length': body.length,
      ...(page.location ? { location: page.location } : {}),
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  more: Record<string, string> = {},
): void {
  const body = Buffer.from(text)
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': type === 'application/json' ? type : `${type}; charset=utf-8`,
    'content-length': body.length,
    'cache-control': 'no-cache',
    ...more,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** Whoever asks for an API reads a problem document, also where there is none. */
function noSuchApi(request: IncomingMessage, response: ServerResponse, path: string): void {
  const id = requestIdOf([request.headers['x-request-id'] ?? []].flat()[0])
  const { status, headers, body } = problemReply(fault('not_found'), path, id)
  response.writeHead(status, { ...Object.fromEntries(headers), 'x-request-id': id })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** As the visitor sees it; a host that is none, or a strange one, counts as localhost. */
function originOf(request: IncomingMessage): string {
  const proto = request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
  const host = request.headers.host ?? ''
  return `${proto}://${/^[\w.:[\]-]{1,255}$/.test(host) ? host : 'localhost'}`
}
