import assert from 'node:assert/strict'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { RequestVector, ResultVector } from '../event.vectors.ts'

type Loose = Record<string, unknown>

/** Throws what is not as AWS does it. */
export function verify(
  vector: RequestVector,
  event: APIGatewayProxyEventV2,
  nulls: 'refused' | 'passed' = 'refused',
): void {
  const loose: Loose = JSON.parse(JSON.stringify(event))
  const context = loose.requestContext as Loose
  const part = (whole: unknown, wanted: object | undefined) => {
    for (const key of Object.keys(wanted ?? {}))
      assert.deepEqual(own(whole, key), own(wanted, key), key)
  }
  part(loose, vector.event)
  part(loose.headers, vector.headersAre)
  part(context, vector.contextIs)
  part(context.http, vector.httpIs)
  for (const path of vector.absent ?? []) {
    const keys = path.split('.')
    const holder = keys.slice(0, -1).reduce<unknown>((at, key) => own(at, key), loose)
    assert.equal(Object.hasOwn(holder as object, keys.at(-1) ?? ''), false, `${path} is absent`)
  }
  if (nulls === 'refused')
    assert.equal(JSON.stringify(event).includes(':null'), path13(vector), 'nothing is null')
}

/** Only a JWT authorizer's scopes are ever null. */
function path13(vector: RequestVector): boolean {
  return vector.parts?.authorizer !== undefined && 'jwt' in vector.parts.authorizer
}

function own(holder: unknown, key: string): unknown {
  return Object.getOwnPropertyDescriptor(holder as object, key)?.value
}

/** Throws what is not as AWS does it. */
export function verifyResult(
  vector: ResultVector,
  got: { status: number; headers: readonly [string, string][]; body: Buffer },
): void {
  assert.equal(got.status, vector.status)
  const all = (name: string) =>
    got.headers.filter(([key]) => key === name).map(([, value]) => value)
  for (const [name, value] of Object.entries(vector.headersAre ?? {}))
    assert.deepEqual(all(name), [value], name)
  for (const name of vector.dropped ?? []) assert.deepEqual(all(name), [], name)
  if (vector.cookies) assert.deepEqual(all('set-cookie'), vector.cookies)
  if (vector.body !== undefined)
    assert.equal(got.body.toString('hex'), Buffer.from(vector.body).toString('hex'))
}
