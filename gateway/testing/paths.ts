import { once } from 'node:events'
import { connect } from 'node:net'
import { paths } from '../../shared/derive/paths.vectors.ts'

/**
 * Asks the running gateway for every path of the table that its rules are tested with, as it stands,
 * and looks in Traefik's own numbers which route took it:
 *
 *   node gateway/testing/paths.ts
 *
 * Nobody else may ask meanwhile. Exits 1 when a path went elsewhere.
 */
const METRICS = 'http://127.0.0.1:8080/metrics'

/** Requests so far by the name of Traefik's router. */
async function taken(): Promise<Map<string, number>> {
  const text = await (await fetch(METRICS)).text()
  const counts = new Map<string, number>()
  for (const [, router = '', count] of text.matchAll(
    /^traefik_router_requests_total\{.*router="([^"@]+)@[^"]*".*\} (\d+)$/gm,
  ))
    counts.set(router, (counts.get(router) ?? 0) + Number(count))
  return counts
}

type Answer = { status: number; type: string; text: string }

/** Sent as it is: a client's library would tidy the path up. */
async function ask(target: string): Promise<Answer> {
  const socket = connect(80, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += chunk
  const type = /^content-type: ([^\r;]*)/im.exec(text)?.[1] ?? ''
  return { status: Number(text.split(' ')[1]), type, text }
}

/** Whose route took it: a service's name, `storefront`, or `-` when it was refused or is nobody's. */
function whose(router: string | undefined, { status, type }: Answer): string {
  if (router === undefined) return '-'
  if (router !== 'storefront') return router.replace(/(-keyed)?-[0-9a-f]{8}$/, '')
  return type === 'application/problem+json' && (status === 404 || status === 400)
    ? '-'
    : 'storefront'
}

let wrong = 0
for (const [path, expected] of Object.entries(paths)) {
  const before = await taken()
  const answer = await ask(path)
  const after = await taken()
  const routers = [...after].filter(([name, count]) => count > (before.get(name) ?? 0))
  const found = routers.length > 1 ? 'several' : whose(routers[0]?.[0], answer)
  // A full address as the target names another host, which a service refuses.
  const isRefused = expected === '-' && answer.status === 400
  if (found === expected || isRefused) continue
  wrong++
  console.log(`${path}: ${found} (${answer.status}), not ${expected}`)
}
console.log(`${Object.keys(paths).length} paths, ${wrong} elsewhere than they should be`)
process.exitCode = wrong === 0 ? 0 : 1
