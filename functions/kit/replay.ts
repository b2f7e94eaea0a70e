import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { Recorded } from '../../shared/runtime/recent.ts'
import { runningEnvironment } from '../local.ts'

const HIDDEN = /\[hidden\]/

/** A call that the running system has answered, and what is missing of it. */
export type Replay = {
  event: APIGatewayProxyEventV2
  /** Whose token it carried: `customer`, `staff`, `superuser`; undefined for a guest. */
  as: string | undefined
  /** Parts of the call that are not kept: a password in the body, say. */
  blanked: string[]
  recorded: Recorded
}

/**
 * The call with this request id, from the services that run here in development.
 * @throws Error when nothing runs, or no service has it
 */
export async function findRecorded(id: string): Promise<Replay> {
  for (const base of serviceUrls()) {
    const recorded = await read<Recorded>(`${base}/_/events/${encodeURIComponent(id)}`)
    if (recorded) return replayOf(recorded)
  }
  throw new Error(
    `No service keeps a call ${id}: the last 200 are kept, and only in development (npm run dev)`,
  )
}

/** All calls that the running services keep, oldest first. */
export async function listRecorded(): Promise<Recorded[]> {
  const lists = await Promise.all(
    serviceUrls().map(async (base) => {
      const summaries = (await read<{ id: string }[]>(`${base}/_/events`)) ?? []
      const calls = await Promise.all(
        summaries.map(({ id }) => read<Recorded>(`${base}/_/events/${encodeURIComponent(id)}`)),
      )
      return calls.filter((it) => it !== undefined)
    }),
  )
  const timeOf = ({ event }: Recorded) => event.requestContext.timeEpoch
  return lists.flat().sort((a, b) => timeOf(a) - timeOf(b))
}

/** The call without what was blanked: a header that is hidden would only be refused. */
export function replayOf(recorded: Recorded): Replay {
  const event: APIGatewayProxyEventV2 = structuredClone(recorded.event)
  const blanked: string[] = []
  for (const [name, value] of Object.entries(event.headers))
    if (HIDDEN.test(value ?? '')) {
      delete event.headers[name]
      if (name !== 'authorization') blanked.push(`header ${name}`)
    }
  if (event.cookies?.some((it) => HIDDEN.test(it))) {
    delete event.cookies
    blanked.push('cookies')
  }
  if (HIDDEN.test(event.body ?? '')) blanked.push('parts of the body')
  if (/… \(\d+ characters\)$/.test(event.body ?? '')) blanked.push('most of the body')
  return { event, as: recorded.as, blanked, recorded }
}

function serviceUrls(): string[] {
  const environment = runningEnvironment()
  if (!environment) throw new Error('No shop runs in this checkout: npm run dev')
  return Object.entries(environment)
    .filter(([name]) => /^SERVICE_\w+_URL$/.test(name))
    .map(([, url]) => url)
}

async function read<T>(url: string): Promise<T | undefined> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(3000) }).catch(() => undefined)
  return answer?.ok ? ((await answer.json()) as T) : undefined
}
