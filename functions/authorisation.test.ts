import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Contract } from '../shared/http/contract.ts'
import type { Service } from '../shared/http/service.ts'
import { invoke } from '../shared/runtime/invoke.ts'
import { type House, openHouse } from './auth/testing/house.ts'
import { services } from './catalog.ts'
import { table } from './testing/authorisation-table.ts'
import { callers, makeWorld, type Row, tokenOf } from './testing/authorisation-world.ts'

let house: House

before(async () => {
  house = await openHouse(services.filter((it) => it.name !== 'auth'))
  // For a world to have a superuser less is no matter of the last one.
  await house.guest({ staff: true, superuser: true })
})
after(() => house.shop.close())

const routeOf = ({ method, path }: Contract) => `${method} ${path}`
/** A row's key is its route, and what else tells it from other rows of the route. */
const routeOfKey = (key: string) => key.split(' ').slice(0, 2).join(' ')

for (const service of services as readonly Service[]) {
  const rows = table[service.name] ?? {}
  const routes = new Map(
    Object.values(service.endpoints).map((it) => [routeOf(it.contract), it.contract]),
  )

  test(`${service.name}: every route has its row, every row its route`, () => {
    const listed = new Set(Object.keys(rows).map(routeOfKey))
    assert.deepEqual([...listed].sort(), [...routes.keys()].sort())
  })

  for (const [key, row] of Object.entries(rows))
    test(`${service.name}: ${key}`, async () => {
      assert.equal(row.cells.length, callers.length)
      // Each in a world of its own, so none gets in another's way.
      const statuses = await Promise.all(callers.map((it) => statusOf(service, key, row, it)))
      const got = Object.fromEntries(callers.map((caller, at) => [caller, statuses[at]]))
      const wanted = Object.fromEntries(callers.map((caller, at) => [caller, row.cells[at]]))
      assert.deepEqual(got, wanted)
    })
}

async function statusOf(
  service: Service,
  key: string,
  row: Row,
  caller: (typeof callers)[number],
): Promise<number> {
  const [method = '', route = ''] = key.split(' ')
  const world = await makeWorld(house)
  const { path = route, body, headers = {} } = (await row.call?.(world)) ?? {}
  const as = await tokenOf(caller, world, service.name)
  if (!route.startsWith('/internal/')) {
    const options = { headers: { ...headers }, ...(body === undefined ? {} : { body }) }
    return (await house.call(method, path, { ...options, as })).status
  }
  // One path in several services: only this one may answer.
  const sent: Record<string, string> = { host: 'localhost', ...headers }
  if (as) sent.authorization = `Bearer ${as.access}`
  if (body !== undefined) sent['content-type'] = 'application/json'
  const request = { method, target: path, headers: sent }
  const text = body === undefined ? {} : { body: JSON.stringify(body) }
  return (await invoke([service], { ...request, ...text })).status
}
