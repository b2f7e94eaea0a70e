import fc from 'fast-check'
import {
  isObject,
  type OpenApiDocument,
  type Operation,
  type Parameter,
} from '../../shared/derive/document.ts'
import type { Contract } from '../../shared/http/contract.ts'
import { type Fits, fitsOf } from './fits.ts'
import { spoiltBody, strangeIds, strangeTexts } from './mutations.ts'
import { type Known, resolved, valuesOf } from './values.ts'

/** A part of the path: a thing that is there, or this text, encoded. */
export type Segment = { there: true } | { text: string }

/** What has to become of it: taken (or refused for what is stored), refused for its form, or no matter. */
export type Verdict = 'taken' | 'refused' | 'unauthenticated' | 'no method' | 'any'

export type Case = {
  what: string
  verdict: Verdict
  method: string
  params: Record<string, Segment>
  query: [string, string][]
  headers: Record<string, string>
  body?: string
  /** Whose token: the caller's that the operation wants, none, or one that is none. */
  token: 'good' | 'none' | 'bad'
}

/** One operation of a document, with the contract it was made of. */
export type Target = {
  operation: Operation
  /** Of the document; parameters of it may have another name than the contract's. */
  path: string
  methods: string[]
  contract: Contract
  document: OpenApiDocument
}

type Parts = Omit<Case, 'what' | 'verdict' | 'token' | 'method'>

/** Valid, invalid and mutated calls of one operation. */
export function casesOf(
  target: Target,
  known: Known,
  share: { valid: number },
): fc.Arbitrary<Case> {
  const { operation, document, contract } = target
  const making = { document, operation: contract.name, known }
  const parameters = operation.parameters.map((it) =>
    '$ref' in it ? (resolved(it.$ref, document) as Parameter) : it,
  )
  const fits = fitsOf(document)
  const schema = operation.requestBody?.content['application/json']?.schema
  const bodies = schema ? valuesOf(schema, making) : undefined
  // Operations that share a path's shape share its documented parameters; each takes its own.
  const queries = parameters.filter(
    (it) => it.in === 'query' && Object.hasOwn(contract.query?.shape ?? {}, it.name),
  )
  const good = fc.record({
    params: fc.constant(
      Object.fromEntries(
        parameters
          .filter((it) => it.in === 'path')
          .map((it) => [it.name, { there: true } as const]),
      ),
    ),
    query: fc
      .tuple(
        ...queries.map((it) => {
          const value = valuesOf(it.schema, making, it.name).map(textOf)
          const pair = value.map((text) => [it.name, text] as [string, string])
          return it.required ? pair : fc.option(pair, { nil: undefined, freq: 1 })
        }),
      )
      .map((all) => all.filter((it) => it !== undefined)),
    headers: headersOf(parameters),
    ...(bodies ? { body: bodies.map((it) => JSON.stringify(it)) } : {}),
  }) as fc.Arbitrary<Parts>
  const base = { method: contract.method, token: 'good' } as const
  const taken = good.map((parts): Case => ({ what: 'valid', verdict: 'taken', ...base, ...parts }))
  return fc.oneof(
    { arbitrary: taken, weight: share.valid },
    ...spoilt(target, good, base, { queries, parameters, fits, schema, bodies }),
  )
}

type Materials = {
  queries: Parameter[]
  parameters: Parameter[]
  fits: Fits
  schema: unknown
  bodies: fc.Arbitrary<unknown> | undefined
}

function spoilt(
  target: Target,
  good: fc.Arbitrary<Parts>,
  base: Pick<Case, 'method' | 'token'>,
  { queries, parameters, fits, schema, bodies }: Materials,
): fc.WeightedArbitrary<Case>[] {
  const all: fc.WeightedArbitrary<Case>[] = []
  const add = (weight: number, arbitrary: fc.Arbitrary<Case>) => all.push({ arbitrary, weight })
  if (bodies) {
    add(
      25,
      fc.tuple(good, spoiltBody(bodies)).map(([parts, body]) => ({
        what: 'spoilt body',
        verdict: fits.body(schema, body) ? 'any' : 'refused',
        ...base,
        ...parts,
        body,
      })),
    )
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/jsonp',
      'text/json',
    ]
    add(
      2,
      fc.tuple(good, fc.constantFrom(...types)).map(([parts, type]) => ({
        what: 'another content type',
        verdict: 'refused',
        ...base,
        ...parts,
        headers: { ...parts.headers, 'content-type': type },
      })),
    )
  }
  if (queries.length > 0)
    add(
      15,
      fc
        .tuple(good, fc.constantFrom(...queries), fc.constantFrom(...strangeTexts), fc.boolean())
        .map(([parts, { name, schema: of }, text, isTwice]) => ({
          what: isTwice ? 'a parameter twice' : 'a strange parameter',
          verdict: isTwice ? 'refused' : fits.text(of, text),
          ...base,
          ...parts,
          query: [
            ...parts.query.filter(([it]) => it !== name),
            [name, text],
            ...(isTwice ? ([[name, text]] as [string, string][]) : []),
          ],
        })),
    )
  const path = parameters.find((it) => it.in === 'path')
  if (path)
    add(
      10,
      fc.tuple(good, fc.constantFrom(...strangeIds)).map(([parts, text]) => ({
        what: 'a strange id',
        verdict: fits.segment(path.schema, text),
        ...base,
        ...parts,
        params: { ...parts.params, [path.name]: { text } },
      })),
    )
  const { access } = target.contract
  if (access !== 'anyone')
    add(
      4,
      fc.tuple(good, fc.constantFrom('none', 'bad')).map(([parts, token]) => ({
        what: `${token} token`,
        verdict: token === 'none' && access === 'optional' ? 'any' : 'unauthenticated',
        ...base,
        ...parts,
        token: token as Case['token'],
      })),
    )
  if (parameters.some((it) => it.name === 'Idempotency-Key'))
    add(
      2,
      fc.tuple(good, fc.constantFrom('', ' ', 'a b', 'é', 'x'.repeat(256))).map(([parts, key]) => ({
        what: 'a strange Idempotency-Key',
        verdict: 'refused',
        ...base,
        ...parts,
        headers: { ...parts.headers, 'idempotency-key': key },
      })),
    )
  const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(
    (it) => !target.methods.includes(it),
  )
  if (others.length > 0)
    add(
      2,
      fc.tuple(good, fc.constantFrom(...others)).map(([parts, method]) => ({
        what: 'another method',
        verdict: 'no method',
        ...base,
        ...parts,
        method,
      })),
    )
  return all
}

function headersOf(parameters: Parameter[]): fc.Arbitrary<Record<string, string>> {
  const has = (name: string) => parameters.some((it) => it.name === name)
  const fields: Record<string, fc.Arbitrary<string>> = {
    'x-request-id': fc.constantFrom('abc', 'a b', '\u007f', 'x'.repeat(500)),
    accept: fc.constantFrom('*/*', 'text/html', '', 'q=0'),
    'accept-language': fc.constantFrom('de', '%'),
  }
  if (has('Idempotency-Key')) fields['idempotency-key'] = fc.uuid()
  if (has('If-Match'))
    fields['if-match'] = fc.constantFrom('*', '"other"', 'W/"x"', 'garbage', '""')
  if (has('If-None-Match')) fields['if-none-match'] = fc.constantFrom('*', '"a", "b"', 'garbage')
  return fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>
}

function textOf(value: unknown): string {
  return Array.isArray(value)
    ? value.join(',')
    : isObject(value)
      ? JSON.stringify(value)
      : String(value)
}
