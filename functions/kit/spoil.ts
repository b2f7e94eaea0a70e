import type * as z from 'zod'
import type { ExampleCall } from '../../shared/derive/example.ts'
import type { Contract } from '../../shared/http/contract.ts'
import { UsageError } from './usage.ts'

/** Tried in turn until the schema refuses one at this field. */
const WRONG: readonly unknown[] = [null, {}, '', -1, 'not this', ['x'], 'x'.repeat(10_000), true]
const WRONG_TEXT = ['', 'not this', '-1', 'x'.repeat(300), '{}', '\u0000']

/**
 * The call with one field that its contract refuses: of the body (`name`, or `address.city` inside of
 * objects), of the query, or of the path.
 * @throws UsageError when there is no such field, or nothing that it refuses
 */
export function spoil(contract: Contract, call: ExampleCall, field: string): ExampleCall {
  const spoiled = structuredClone(call)
  const { query, params = {} } = contract
  if (contract.body && spoilBody(contract.body, spoiled, field.split('.'))) return spoiled
  const inQuery: z.ZodType | undefined = query?.shape[field]
  if (inQuery) spoiled.query[field] = refused(inQuery, WRONG_TEXT, field)
  else if (params[field]) spoiled.params[field] = refused(params[field], WRONG_TEXT, field)
  else
    throw new UsageError(`There is no field ${field}. There are: ${fieldsOf(contract).join(', ')}`)
  return spoiled
}

function spoilBody(schema: z.ZodType, call: ExampleCall, path: readonly string[]): boolean {
  const last = path.at(-1) ?? ''
  const holder = path.slice(0, -1).reduce<unknown>((at, key) => member(at, key), call.body)
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, last)) return false
  const fields: Record<string, unknown> = holder as Record<string, unknown>
  for (const wrong of WRONG) {
    fields[last] = wrong
    const issues = schema.safeParse(call.body).error?.issues ?? []
    if (issues.some((it) => path.every((key, at) => it.path[at] === key))) return true
  }
  throw new UsageError(`${path.join('.')} takes anything`)
}

function member(holder: unknown, key: string): unknown {
  return Object.getOwnPropertyDescriptor(Object(holder), key)?.value
}

function refused(schema: z.ZodType, candidates: readonly string[], field: string): string {
  const found = candidates.find((it) => it !== '' && !schema.safeParse(it).success)
  if (found === undefined) throw new UsageError(`${field} takes any text`)
  return found
}

function fieldsOf(contract: Contract): string[] {
  const body = contract.body as { shape?: Record<string, unknown> } | undefined
  return [body?.shape ?? {}, contract.query?.shape ?? {}, contract.params ?? {}].flatMap(
    Object.keys,
  )
}
