import type { Endpoint, Handler } from '../http/service.ts'

/**
 * The handler of an endpoint that wants to know of its good answers, as the host tells it; and waits
 * for what it then must write, since nothing runs on Lambda once the answer has left.
 */
export function telling({ handler, served, settle }: Endpoint): Handler {
  if (!served) return handler
  return async (event, context) => {
    const result = await handler(event, context)
    const status = result.statusCode ?? 200
    const isGood = status < 300 || status === 304
    if (isGood && event.requestContext.http.method !== 'HEAD') {
      served(namesOf(event.pathParameters))
      await settle?.()
    }
    return result
  }
}

function namesOf(params: Record<string, string | undefined> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, value ?? '']))
}
