/** What a new endpoint is made from. */
export type NewEndpoint = {
  service: string
  name: string
  key: string
  method: string
  path: string
}

/** Parameters by name: `slug` and `name` are text, `uuid` is one, the rest are numbers. */
function kindOf(param: string): string {
  if (/slug|name|code|text/.test(param)) return 'id.text'
  return /uuid/.test(param) ? 'id.uuid' : 'id.integer'
}

function paramsOf(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

function sentence(name: string): string {
  const words = name.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function endpointText({ name, method, path }: NewEndpoint): string {
  const params = paramsOf(path)
  const isRead = method === 'GET'
  const lines = [
    `import * as z from 'zod'`,
    `import { define } from '../../shared/http/contract.ts'`,
    ...(params.length > 0 ? [`import { id } from '../../shared/http/params.ts'`] : []),
    `import { serve } from '../../shared/http/serve.ts'`,
    '',
    'export const contract = define({',
    `  method: '${method}',`,
    `  path: '${path}',`,
    `  summary: '${sentence(name)}',`,
    `  access: '${isRead ? 'anyone' : 'staff'}',`,
    ...(params.length > 0
      ? [`  params: { ${params.map((it) => `${it}: ${kindOf(it)}`).join(', ')} },`]
      : []),
    '  reply: z.object({ done: z.boolean() }),',
    '})',
    '',
    'export const handler = serve(contract, async () => {',
    '  return { done: false }',
    '})',
    '',
  ]
  return lines.join('\n')
}

export function endpointTest({ service, name, method, path }: NewEndpoint): string {
  const target = path.replace(/\{(\w+)\}/g, (_, param: string) =>
    kindOf(param) === 'id.uuid' ? '0198c2a4-6f1e-7c3b-9d53-2f4a8b1c6e07' : '1',
  )
  const as = method === 'GET' ? '' : `, as: 'staff'`
  return `import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { doors, openShop, type Shop } from '../../shared/testing/shop.ts'
import { ${service} } from './service.ts'

let shop: Shop
before(async () => {
  shop = await openShop([${service}])
})
after(() => shop.close())

for (const door of doors)
  test(\`\${door}: ${name.replaceAll('-', ' ')}\`, async () => {
    const reply = await shop.call('${method}', '${target}', { door${as} })
    assert.equal(reply.status, 200, reply.text)
    assert.deepEqual(reply.body, { done: true })
  })
`
}

export function manifestText(name: string, port: number): string {
  return `import { service } from '../../shared/http/service.ts'

export const ${name} = service({
  name: '${name}',
  about: '${sentence(name)}',
  roots: ['/api/v1/${name}'],
  port: ${port},
  needs: ['postgres'],
  endpoints: {
  },
})
`
}

export function queriesText(name: string): string {
  return `import { database } from '../../shared/data/postgres.ts'

export const db = database('${name}')
`
}

export function migrationText(what: string): string {
  return `-- ${sentence(what)}. Forward only, and such that the code of the release before still works on it.
`
}
