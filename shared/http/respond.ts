import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { type Fresh, responses } from '../data/cache.ts'
import { idempotently } from '../data/idempotency.ts'
import { database, sqlFault } from '../data/postgres.ts'
import { log } from '../runtime/log.ts'
import { settings } from '../runtime/settings.ts'
import { authorise } from './authorise.ts'
import { cacheKey } from './cached.ts'
import { etagOf } from './conditional.ts'
import type { Answer, Call, Contract, JsonText, Request, User, Work } from './contract.ts'
import { corsHeaders } from './cors.ts'
import { Fault, fault, faultHeaders, problem } from './errors.ts'
import { securityHeaders } from './headers.ts'
import { type Input, parse } from './parse.ts'
import { checkHost, readRequest } from './request.ts'
import { everythingOf, surrogateKey } from './surrogate-key.ts'
import { addressBlock, throttle } from './throttle.ts'

/** Kept by anybody, shown by nobody without asking. */
const PUBLIC = 'public, max-age=0, must-revalidate'

/** An answer before it is put into anybody's shape. */
export type Plain = {
  status: number
  headers: Record<string, string>
  cookies?: string[]
  body: string | Buffer
}

/** Answers one call; never throws. */
export async function respond(
  contract: Contract,
  work: Work<Contract>,
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<Plain> {
  const request = readRequest(event, context)
  let plain: Plain
  try {
    if (contract.access !== 'service') checkHost(request.origin)
    const user = await authorise(contract, request)
    await throttle(contract, request)
    const input = await parse(contract, request, event)
    plain = await answerOf(contract, work, request, user, input)
  } catch (error) {
    plain = failed(error, request)
  }
  const cors = corsHeaders(contract, request.headers.origin)
  return { ...plain, headers: { ...plain.headers, ...cors, 'x-request-id': request.id } }
}

async function answerOf(
  contract: Contract,
  work: Work<Contract>,
  request: Request,
  user: User | undefined,
  input: Input,
): Promise<Plain> {
  const run = () => perform(contract, work, request, user, input)
  const key = request.headers['idempotency-key']
  if (contract.idempotent && key !== undefined)
    return replayable(contract, request, user, input, key, run)
  if (!contract.cache) return run()
  const tags = contract.cache.tags({ params: input.params, query: input.query })
  // The stored bytes are everybody's: the user is not known here, by the contract's access.
  return responses(contract.service).through(
    cacheKey(contract, request.origin, request.path, request.rawQuery),
    tags,
    contract.cache.seconds,
    async (): Promise<Fresh> => {
      const plain = await run()
      const headers = forShared(plain.headers, contract.service, contract.cache?.seconds ?? 0, tags)
      return { ...plain, headers, etag: headers.etag ?? '' }
    },
  )
}

/** What a shared cache in front may do: ask each time, or keep an answer, which it knows by its tags. */
function forShared(
  headers: Record<string, string>,
  service: string,
  seconds: number,
  tags: readonly string[],
): Record<string, string> {
  const most = Math.min(settings().sharedCacheSeconds, seconds)
  if (most === 0) return headers
  const named = { ...headers, 'surrogate-key': surrogateKey([everythingOf(service), ...tags]) }
  // What says by itself for how long it is good, as pictures do, knows better.
  if (headers['cache-control'] !== PUBLIC) return named
  return { ...named, 'cache-control': `public, max-age=0, s-maxage=${most}` }
}

async function perform(
  contract: Contract,
  work: Work<Contract>,
  request: Request,
  user: User | undefined,
  input: Input,
): Promise<Plain> {
  const call = { ...input, user, request, fail: fault } as unknown as Call<Contract>
  return plainOf(contract, await work(call))
}

function plainOf(contract: Contract, result: unknown): Plain {
  const full: Answer<unknown> = isAnswer(result) ? result : { answer: result }
  const body = bodyOf(contract, full.answer)
  const isPublic = contract.access === 'anyone' && contract.method === 'GET'
  const headers: Record<string, string> = { ...securityHeaders }
  if (contract.status !== 204 && !Buffer.isBuffer(full.answer))
    headers['content-type'] = 'application/json'
  headers['cache-control'] = isPublic
    ? PUBLIC
    : contract.access === 'anyone' || contract.access === 'service'
      ? 'no-store'
      : 'private, no-store'
  if (full.etag) headers.etag = full.etag
  else if (isPublic) headers.etag = etagOf(body)
  Object.assign(headers, full.headers)
  const cookies = full.cookies?.length ? { cookies: full.cookies } : {}
  return { status: contract.status, headers, body, ...cookies }
}

function bodyOf(contract: Contract, data: unknown): string | Buffer {
  if (Buffer.isBuffer(data)) return data
  if (contract.status === 204) return ''
  const text = isJsonText(data) ? data.jsonText : JSON.stringify(data)
  if (text === undefined) throw new Error(`${contract.name} answered nothing`)
  if (settings().checkReplies) contract.reply?.parse(JSON.parse(text))
  return text
}

function isAnswer(value: unknown): value is Answer<unknown> {
  return typeof value === 'object' && value !== null && 'answer' in value
}

function isJsonText(value: unknown): value is JsonText<unknown> {
  return typeof value === 'object' && value !== null && 'jsonText' in value
}

/** Does the work once for one `Idempotency-Key` of one caller, and gives its first answer again. */
async function replayable(
  contract: Contract,
  request: Request,
  user: User | undefined,
  input: Input,
  key: string,
  run: () => Promise<Plain>,
): Promise<Plain> {
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw fault('invalid_request', 'Idempotency-Key must be 1 to 255 visible characters', {
      errors: [{ field: 'Idempotency-Key', message: 'must be 1 to 255 visible characters' }],
    })
  // A stored answer may hold a guest's cookie: strangers never share one, not even by the same key.
  const stranger = () => `${addressBlock(request.address)} ${request.headers['user-agent'] ?? ''}`
  const caller = user?.id ?? request.cookies.get('souk_guest') ?? stranger()
  const { replayed, result } = await idempotently(
    database(contract.service),
    {
      scope: `${contract.name} ${caller}`,
      key,
      fingerprint: JSON.stringify([
        request.path,
        input.body ?? null,
        input.file ? etagOf(input.file.bytes) : null,
      ]),
    },
    run,
  )
  return replayed
    ? { ...result, headers: { ...result.headers, 'idempotent-replayed': 'true' } }
    : result
}

/** The answer to whatever was thrown: an expected fault as it is, anything else as a bare 500. */
function failed(error: unknown, request: Request): Plain {
  const failure = toFault(error)
  if (failure.code === 'internal') log.error('failed', { error, code: failure.code })
  // What is away or full says so in its own lines; a flood of these must not drown them.
  else if (failure.status >= 500) log.warn('refused', { code: failure.code, why: failure.message })
  else log.info('refused', { code: failure.code, status: failure.status })
  const document = problem(failure, request.path, request.id)
  const stack = settings().debug && error instanceof Error ? { stack: error.stack } : {}
  return {
    status: failure.status,
    headers: { ...securityHeaders, ...faultHeaders(failure) },
    body: JSON.stringify({ ...document, ...stack }),
  }
}

export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  const known = sqlFault(error)
  if (known) return known
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError'))
    return fault('timeout')
  return fault('internal', undefined, { cause: error })
}
