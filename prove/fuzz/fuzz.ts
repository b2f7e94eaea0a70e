import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { openapi } from '../../shared/derive/openapi.ts'
import type { Service } from '../../shared/http/service.ts'
import { again, amount, measured, seedOf } from '../../shared/testing/proof.ts'
import type { CallOptions, Door, Reply } from '../../shared/testing/shop.ts'
import { type Case, casesOf, type Target } from './cases.ts'
import { verdictOn } from './judge.ts'
import type { Known } from './values.ts'

/** What there is to call about, and who calls. */
export type World = {
  known: Known
  /** Sends one call; fails when the answer is not as the document says. */
  call(method: string, target: string, options: CallOptions): Promise<Reply>
  /** Somebody who may call this operation, as header values. */
  caller(target: Target): Promise<Record<string, string>>
  /** Names a thing that is there, for a caller to call about. */
  there(target: Target, parameter: string, caller: Record<string, string>): Promise<string>
  /** Makes a body that fits its schema fit what is stored as well. */
  mend?(target: Target, body: Record<string, unknown>): void
  /** Operations of which a good call takes long: fewer of those. */
  slow?: readonly string[]
  /** Operations that this world can give no good call for. */
  barren?: readonly string[]
}

const CASES = amount(10_000, 100)
const AT_ONCE = 8
const CHUNK = 500

/** One test for each operation of a service's document. */
export function fuzz(service: Service, world: () => World): void {
  for (const target of targetsOf(service))
    test(`${service.name}: ${target.contract.method} ${target.contract.path}, ${CASES} cases`, (t) =>
      fuzzOperation(t, target, world()))
}

export function targetsOf(service: Service): Target[] {
  const document = openapi(service)
  return Object.values(service.endpoints).flatMap(({ contract }) => {
    if (contract.path.startsWith('/internal/')) return []
    const shape = (path: string) => path.replace(/\{[^}]*\}/g, '{}')
    const path = Object.keys(document.paths).find((it) => shape(it) === shape(contract.path)) ?? ''
    const item = document.paths[path] ?? {}
    const operation = item[contract.method.toLowerCase()]
    if (!operation) throw new Error(`${contract.path} is not documented`)
    const methods = Object.keys(item).map((it) => it.toUpperCase())
    return [{ operation, path, methods, contract, document }]
  })
}

async function fuzzOperation(t: TestContext, target: Target, world: World): Promise<void> {
  const seed = seedOf(t)
  const isSlow = world.slow?.includes(target.contract.name)
  const arbitrary = casesOf(target, world.known, { valid: isSlow ? amount(3, 12) : 50 })
  const faults: string[] = []
  let [good, sent] = [0, 0]
  for (let from = 0; from < CASES && faults.length < 5; from += CHUNK) {
    const numRuns = Math.min(CHUNK, CASES - from)
    const cases = fc.sample(arbitrary, { numRuns, seed: seed + from })
    const worker = async () => {
      for (let next = cases.pop(); next && faults.length < 5; next = cases.pop()) {
        const { request, fault, status } = await tryOne(target, world, next, sent++)
        if (status < 400) good++
        if (fault) faults.push(`${next.what}: ${fault}\n    ${request}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  }
  if (faults.length > 0) assert.fail(faults.join('\n'))
  if (!world.barren?.includes(target.contract.name))
    assert.ok(
      good >= CASES / (isSlow ? 200 : 50),
      `only ${good} of ${sent} were answered well: nothing is tested`,
    )
  measured(t, `${sent} cases, ${good} of them answered well`)
}

async function tryOne(target: Target, world: World, given: Case, at: number) {
  const caller = await world.caller(target)
  let path = target.path
  for (const [name, segment] of Object.entries(given.params)) {
    const text = 'text' in segment ? segment.text : await world.there(target, name, caller)
    path = path.replace(`{${name}}`, text)
  }
  const query = new URLSearchParams(given.query).toString()
  const address = query ? `${path}?${query}` : path
  let { body } = given
  if (body !== undefined && given.verdict === 'taken' && world.mend) {
    const value = JSON.parse(body)
    world.mend(target, value)
    body = JSON.stringify(value)
  }
  // Headers that no client library sends go in process, the others now and then over a socket.
  const isPlain = Object.values(given.headers).every((it) => /^[\x20-\x7e]+$/.test(it))
  const door: Door = !isPlain || at % 20 > 1 ? 'process' : at % 20 === 0 ? 'host' : 'gateway'
  const sent: Record<string, string> = given.token === 'good' ? caller : {}
  if (given.token === 'bad') sent.authorization = 'Bearer a.b.c'
  const headers = { ...sent, ...given.headers }
  const request = `${given.method} ${address} ${JSON.stringify(given.headers)} ${body?.slice(0, 600) ?? ''}`
  try {
    const options = {
      door,
      headers,
      ...(body === undefined || given.method === 'GET' ? {} : { bytes: body }),
    }
    const reply = await again(() => world.call(given.method, address, options))
    return { request, status: reply.status, fault: verdictOn(given, reply) }
  } catch (error) {
    return { request, status: 999, fault: String(error) }
  }
}
