import { loadEnvFile } from 'node:process'
import { Fault } from '../shared/http/errors.ts'
import { signService, useKeys } from '../shared/http/tokens.ts'
import {
  type Invoked,
  invoke,
  invokePrepared,
  type Prepared,
  prepare,
} from '../shared/runtime/invoke.ts'
import { besideSystem } from './kit/environment.ts'
import { readEventFile } from './kit/event-file.ts'
import { type InvokeOptions, readInvokeOptions } from './kit/invoke-options.ts'
import { measure, type Times } from './kit/measure.ts'
import { hollowServices, loadEndpoint, type Places, readPlaces } from './kit/places.ts'
import { nearRoutes, placeNamed, prepareEvent, requestNamed, withEndpoint } from './kit/request.ts'
import { curlOf, keepOutputClean, print, showAnswer, showJson, showTimes } from './kit/show.ts'
import { UsageError } from './kit/usage.ts'

/**
 * Calls one function in this process with the event that API Gateway would send. Standard output is
 * the body alone; everything else goes to standard error. Exit code: 0 under 400, 1 from 400,
 * 2 usage, 3 the function failed, 4 out of time.
 */
export async function invokeCommand(args: string[]): Promise<number> {
  try {
    const options = await readInvokeOptions(args)
    if (options.envFile) readEnvFile(options.envFile)
    process.env.LOGGING_LVL ??= 'INFO'
    keepOutputClean()
    return await perform(await readPlaces(), options)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`\n  ${error.message}\n  npm run invoke -- --help tells more\n`)
    return 2
  }
}

function readEnvFile(path: string): void {
  try {
    loadEnvFile(path)
  } catch {
    throw new UsageError(`There is no file ${path}`)
  }
}

async function perform(places: Places, options: InvokeOptions): Promise<number> {
  const call = await callOf(places, options)
  if ('nowhere' in call) return nowhere(places, call.nowhere)
  const { prepared, as } = call
  const { service, endpoint } = prepared.route
  const wantsUser = as !== undefined || 'authorization' in prepared.event.headers
  const names = wantsUser ? [...new Set([service.name, 'auth'])] : [service.name]
  return besideSystem(places, names, async () => {
    const signedIn = await authorise(prepared, as)
    try {
      if (options.print === 'event') return await printed(JSON.stringify(prepared.event, null, 2))
      if (options.print === 'curl')
        return await printed(curlOf(prepared.event, baseOf(service.name)))
      const began = performance.now()
      const { name } = endpoint.contract
      const whole = withEndpoint(prepared, await loadEndpoint({ service: service.name, name }))
      return await run(whole, options, performance.now() - began)
    } finally {
      // What was printed for curl has to live on.
      if (options.print !== 'curl') await signedIn?.signOut()
    }
  })
}

async function run(prepared: Prepared, options: InvokeOptions, init: number): Promise<number> {
  const { handler } = prepared.route.endpoint
  const stop = options.inspect === 'no' ? undefined : await import('./kit/inspect.ts')
  const watched = await stop?.waitForDebugger(handler, options.inspect === 'break')
  const route = {
    ...prepared.route,
    endpoint: { ...prepared.route.endpoint, handler: watched ?? handler },
  }
  const timeout = options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }
  const debug = process.env.DEBUG === 'true'
  const { answer, times } = await measure(
    () => invokePrepared({ ...prepared, route }, { ...timeout, debug }),
    { ...options, init },
  )
  await show(answer, times, options)
  return exitCode(answer)
}

async function show(answer: Invoked, times: Times, options: InvokeOptions): Promise<void> {
  if (options.repeat > 1) showTimes(times)
  await (options.print === 'json' ? showJson(answer, times) : showAnswer(answer, times))
}

type Call =
  | { prepared: Prepared; as: string | undefined }
  | { nowhere: { method: string; target: string } }

/** What is to be called, and how; nothing of it has been imported but for its example. */
async function callOf(places: Places, options: InvokeOptions): Promise<Call> {
  const { what, as } = options
  if (what.by === 'event')
    return found(what, () => prepareEvent(places, readEvent(what.file), what.name), as)
  if (what.by === 'replay') {
    const { findRecorded } = await import('./kit/replay.ts')
    const replay = await findRecorded(what.id)
    for (const part of replay.blanked)
      console.error(
        `Not kept of this call: ${part}${part.endsWith('body') ? '; give it with -d' : ''}`,
      )
    const { event } = replay
    Object.assign(event.headers, options.headers)
    if (options.body) Object.assign(event, { body: String(options.body), isBase64Encoded: false })
    return found(what, () => prepareEvent(places, event, undefined), as ?? replay.as)
  }
  const request =
    what.by === 'route'
      ? { ...what, headers: options.headers, ...(options.body ? { body: options.body } : {}) }
      : await requestNamed(placeNamed(places, what.name), { ...options, params: what.params })
  return found(request, () => prepare(hollowServices(places), request), as)
}

function found(request: object, find: () => Prepared, as: string | undefined): Call {
  try {
    return { prepared: find(), as }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { method = 'GET', target = '/' } = request as { method?: string; target?: string }
    return { nowhere: { method, target } }
  }
}

function readEvent(file: string) {
  try {
    return readEventFile(file)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** The answer that the host would give, and routes that may have been meant. */
async function nowhere(places: Places, call: { method: string; target: string }): Promise<number> {
  const answer = await invoke(hollowServices(places), { ...call, debug: false })
  const near = nearRoutes(places, call.method, call.target)
  console.error(`No function answers ${call.method} ${call.target}. Near: ${near.join(', ')}`)
  await showAnswer(answer, { ...NO_TIMES, statuses: { [answer.status]: 1 } })
  return exitCode(answer)
}

const NO_TIMES = {
  init: 0,
  rssMb: 0,
  calls: 1,
  concurrency: 1,
  p50: 0,
  p95: 0,
  p99: 0,
  perSecond: 0,
}

async function authorise({ event, route }: Prepared, as: string | undefined) {
  useKeys(async (kid) => (await import('./auth/keys.ts')).localKeys(kid))
  if (as === undefined) return undefined
  if (as === 'service') {
    event.headers.authorization = `Bearer ${signService('cli', route.service.name)}`
    return undefined
  }
  const { signIn } = await import('./kit/person.ts')
  const person = await signIn(as)
  event.headers.authorization = `Bearer ${person.token}`
  console.error(`as ${person.email}`)
  return person
}

function baseOf(service: string): string {
  return process.env[`SERVICE_${service.toUpperCase()}_URL`] ?? 'http://localhost:8000'
}

async function printed(text: string): Promise<number> {
  await print(`${text}\n`)
  return 0
}

function exitCode({ status }: Invoked): number {
  if (status === 504) return 4
  if (status === 500) return 3
  return status >= 400 ? 1 : 0
}
