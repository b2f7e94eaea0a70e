import { request } from 'undici'
import type { GatewayRoute } from '../shared/derive/gateway.ts'
import type { ServiceStatus } from '../web/src/lib/types.ts'

const ASK_MS = 1_000

/**
 * Whether each known instance of each service is ready, and how fast it says so. Never rejects. An
 * instance is told by its number: anybody may read this, and addresses stay inside.
 */
export function statusOf(
  routes: readonly GatewayRoute[],
  instances: (service: string) => readonly string[],
): Promise<ServiceStatus[]> {
  return Promise.all(
    routes.map(async ({ service }) => ({
      name: service,
      instances: await Promise.all(
        instances(service).map((url, at) => ask(url, `${service} ${at + 1}`)),
      ),
    })),
  )
}

async function ask(url: string, name: string): Promise<ServiceStatus['instances'][number]> {
  const began = performance.now()
  try {
    const answer = await request(`${url}/readyz`, { signal: AbortSignal.timeout(ASK_MS) })
    await answer.body.dump()
    return { url: name, up: answer.statusCode === 200, ms: Math.round(performance.now() - began) }
  } catch {
    return { url: name, up: false }
  }
}
