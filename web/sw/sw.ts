declare const self: ServiceWorkerGlobalScope

/**
 * Keeps what was seen: pages of the catalogue and pictures stay open without a network. What
 * belongs to a person (token, users, cart, staff) never comes into it.
 */
const SHELL = 'souk-shell'
const SEEN = 'souk-seen'
const MOST_SEEN = 400
const PUBLIC = /^\/api\/v1\/(products|categories|reviews\/\d)/

self.addEventListener('install', (event) => {
  event.waitUntil(install())
})

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (url.pathname.startsWith('/assets/')) event.respondWith(keptFirst(request, SHELL))
  else if (url.pathname.startsWith('/api/v1/media/')) event.respondWith(keptFirst(request, SEEN))
  else if (request.mode === 'navigate') event.respondWith(pageOrShell(request))
  else if (PUBLIC.test(url.pathname) && !request.headers.has('authorization'))
    event.respondWith(newestFirst(request))
})

async function install(): Promise<void> {
  const files: string[] = await (await fetch('/precache.json', { cache: 'no-cache' })).json()
  const shell = await caches.open(SHELL)
  const kept = (await shell.keys()).map((it) => new URL(it.url).pathname)
  await Promise.all(
    kept
      .filter((it) => it.startsWith('/assets/') && !files.includes(it))
      .map((it) => shell.delete(it)),
  )
  await shell.addAll(['/shell', ...files.filter((it) => !kept.includes(it))])
  await self.skipWaiting()
}

async function keptFirst(request: Request, name: string): Promise<Response> {
  const kept = await caches.match(request)
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok) await keep(request, response.clone(), name)
  return response
}

async function newestFirst(request: Request): Promise<Response> {
  try {
    const response = await fetch(request)
    if (response.ok) await keep(request, response.clone(), SEEN)
    return response
  } catch (error) {
    const kept = await caches.match(request)
    if (kept) return kept
    throw error
  }
}

/** Every page is the same shell, which asks for its content itself. */
async function pageOrShell(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    const shell = await caches.match('/shell')
    if (shell) return shell
    throw error
  }
}

async function keep(request: Request, response: Response, name: string): Promise<void> {
  const cache = await caches.open(name)
  await cache.put(request, response)
  if (name !== SEEN || Math.random() > 0.05) return
  const keys = await cache.keys()
  await Promise.all(
    keys.slice(0, Math.max(0, keys.length - MOST_SEEN)).map((it) => cache.delete(it)),
  )
}

export {}
