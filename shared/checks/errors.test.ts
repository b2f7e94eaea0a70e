import assert from 'node:assert/strict'
import { test } from 'node:test'
import { services } from '../../functions/catalog.ts'
import type { Reply } from '../derive/document.ts'
import { codesOf } from '../derive/faults.ts'
import { openapi } from '../derive/openapi.ts'
import { type ErrorCode, errors, fault, faultHeaders } from '../http/errors.ts'
import { scratch } from '../testing/scratch.ts'
import { isForTests, sources } from './sources.ts'

const all = sources()
const contracts = services.flatMap((service) =>
  Object.values(service.endpoints).map((it) => it.contract),
)

test('codes and statuses are as problem documents want them', () => {
  for (const [code, { status, title }] of Object.entries(errors)) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/)
    assert.ok(status >= 400 && status < 600, code)
    assert.match(title, /^[A-Z].*[^.]$/, code)
  }
})

test('a status that needs a header has it', () => {
  const header: Record<number, string> = {
    401: 'www-authenticate',
    429: 'retry-after',
    503: 'retry-after',
  }
  for (const code of Object.keys(errors) as ErrorCode[]) {
    const name = header[errors[code].status]
    if (name) assert.ok(faultHeaders(fault(code))[name], code)
  }
})

test('contracts name only codes of the table', () => {
  for (const { name, errors: codes = [] } of contracts)
    for (const code of codes) assert.ok(code in errors, `${name}: ${code}`)
})

test('every code of the table is met somewhere', () => {
  const text = all
    .filter((it) => !isForTests(it.path) && !/http.errors\.ts$|^shared.derive./.test(it.path))
    .map((it) => it.text)
    .join('\n')
  const unused = Object.keys(errors).filter((code) => !text.includes(`'${code}'`))
  assert.deepEqual(unused, [])
})

test('what a work fails with, its contract lists', () => {
  const wrong = services.flatMap((service) =>
    Object.values(service.endpoints).flatMap(({ contract }) => {
      const path = `functions/${service.name}/${contract.name}.ts`
      const { text = '' } = all.find((it) => it.path === path) ?? {}
      const known = new Set<string>(codesOf(contract))
      return [...text.matchAll(/\b(?:fail|fault)\(\s*'(\w+)'/g)]
        .filter(([, code = '']) => !known.has(code))
        .map(([, code]) => `${path}: ${code}`)
    }),
  )
  assert.deepEqual(wrong, [])
})

test('documents tell each code under its own status', () => {
  for (const service of [...services, scratch]) {
    const { components, paths } = openapi(service)
    for (const item of Object.values(paths))
      for (const operation of Object.values(item))
        for (const [status, reply] of Object.entries(operation.responses)) {
          if (!('$ref' in reply)) continue
          const told = codesIn(components.responses[reply.$ref.split('/').at(-1) ?? ''])
          assert.ok(told.length > 0, `${operation.operationId} ${status}`)
          for (const code of told)
            assert.equal(errors[code].status, Number(status), `${operation.operationId} ${code}`)
        }
  }
})

function codesIn(reply: Reply | undefined): ErrorCode[] {
  const text = JSON.stringify(reply?.content?.['application/problem+json']?.schema ?? {})
  const list = /"code":\{"enum":(\[[^\]]*\])/.exec(text)?.[1] ?? '[]'
  return JSON.parse(list)
}
