import { after, before } from 'node:test'
import fc from 'fast-check'
import { auth } from '../functions/auth/service.ts'
import { anyAddress, type House, openHouse, type Person } from '../functions/auth/testing/house.ts'
import { fuzz, type World } from './fuzz/fuzz.ts'

let house: House
let world: World
/** Callers of operations that change nothing; made anew before their tokens grow old. */
const pool = new Map<string, { person: Promise<Person>; left: number }>()
/** People that exist, by the password that all guests share. */
const people: Person[] = []

const email = fc
  .tuple(fc.uuid(), fc.constantFrom('@example.com', '@EXAMPLE.com', '@mail.example.org'))
  .map(([name, at]) => `u${name}${at}`)

before(async () => {
  house = await openHouse()
  for (let at = 0; at < 20; at++) people.push(await house.guest())
  const password = people[0]?.password ?? ''
  const fresh = fc.uuid().map((it) => `${it.slice(0, 12)}-Zq9!`)
  world = {
    known: {
      email,
      username: fc.uuid().map((it) => `n${it}`),
      password: fresh,
      current_password: fc.constant(password),
      'create-token:password': fc.oneof(fc.constant(password), fresh),
      'create-token:email': fc.nat().map((at) => people[at % people.length]?.email ?? ''),
      refresh: fc.nat().map((at) => people[at % people.length]?.refresh ?? ''),
      cookie: fc.constant('0'),
    },
    slow: ['create-token', 'create-user', 'update-me', 'delete-me', 'update-user', 'delete-user'],
    call: async (method, target, options) => {
      const throttled = /^\/api\/v1\/(token|users)\/$/.test(target.split('?')[0] ?? '')
      if (throttled && method === 'POST') {
        const { 'x-request-id': _, ...sendable } = options.headers ?? {}
        const headers = { ...sendable, 'x-forwarded-for': anyAddress() }
        return house.shop.call(method, target, { ...options, door: 'host', headers })
      }
      return house.shop.call(method, target, options)
    },
    mend({ contract }, body) {
      // What the form leaves open, since the token may be in a cookie.
      if (/token\/(refresh|revoke)/.test(contract.path)) body.refresh ??= people[0]?.refresh
      if (contract.name === 'delete-user') body.current_password ??= password
    },
    async caller({ contract }) {
      const { access, method } = contract
      if (access === 'anyone') return {}
      const kind = access === 'user' && !contract.path.includes('{id}') ? 'user' : 'superuser'
      if (method === 'GET' || kind === 'superuser') return tokenOf(await pooled(kind))
      return tokenOf(await house.guest())
    },
    async there({ contract }, parameter, caller) {
      if (parameter !== 'session_id')
        return contract.method === 'GET' ? (people[0]?.id ?? '') : (await house.guest()).id
      const list = await house.shop.call('GET', '/api/v1/users/me/sessions/', {
        headers: { ...caller },
      })
      return list.body?.results?.[0]?.id ?? '0192aaaa-0000-7000-8000-000000000000'
    },
  }
})
after(() => house.shop.close())

fuzz(auth, () => world)

async function pooled(kind: 'user' | 'superuser'): Promise<Person> {
  let entry = pool.get(kind)
  if (!entry || entry.left-- <= 0) {
    const rights = kind === 'superuser' ? { staff: true, superuser: true } : {}
    entry = { person: house.guest(rights), left: 1_000 }
    pool.set(kind, entry)
  }
  return entry.person
}

function tokenOf({ access }: Person): Record<string, string> {
  return { authorization: `Bearer ${access}` }
}
