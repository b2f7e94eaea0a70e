import { randomBytes } from 'node:crypto'
import type { House, HouseCall, Person } from '../../functions/auth/testing/house.ts'
import type { Reply } from '../../shared/testing/shop.ts'

/** People and calls of a shop that runs already, by its own API alone. */
export type StackHouse = Pick<House, 'call' | 'guest'>

/** `base` is its address; rights are given by the superuser of SU_EMAIL and SU_PASSWORD. */
export function stackHouse(base: string): StackHouse {
  async function call(method: string, target: string, given: HouseCall = {}): Promise<Reply> {
    const headers = new Headers(given.headers)
    if (given.as) headers.set('authorization', `Bearer ${given.as.access}`)
    if (given.body !== undefined) headers.set('content-type', 'application/json')
    const body = given.body === undefined ? {} : { body: JSON.stringify(given.body) }
    const answer = await fetch(base + target, { method, headers, ...body })
    const bytes = Buffer.from(await answer.arrayBuffer())
    const text = bytes.toString()
    const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== ''
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      bytes,
      body: isJson ? JSON.parse(text) : undefined,
    }
  }

  async function signedIn(email: string, password: string): Promise<string> {
    const reply = await call('POST', '/api/v1/token/', { body: { email, password } })
    if (reply.status !== 200) throw new Error(`not signed in: ${reply.text}`)
    return reply.body.access
  }

  async function guest({ staff = false, superuser = false } = {}): Promise<Person> {
    const { SU_EMAIL = '', SU_PASSWORD = '' } = process.env
    if (superuser) throw new Error('the API makes no superusers')
    const username = `g${randomBytes(6).toString('hex')}`
    const email = `${username}@example.com`
    const password = `${randomBytes(9).toString('base64url')}-Zq`
    const made = await call('POST', '/api/v1/users/', { body: { email, username, password } })
    if (made.status !== 201) throw new Error(`not registered: ${made.text}`)
    const id: string = made.body.id
    if (staff) {
      const as = { access: await signedIn(SU_EMAIL, SU_PASSWORD) }
      const path = `/api/v1/users/${id}/`
      const granted = await call('POST', path, { as, body: { action: 'grant_staff' } })
      if (granted.status !== 200) throw new Error(`no staff: ${granted.text}`)
    }
    const access = await signedIn(email, password)
    return { id, email, username, password, access, refresh: '' }
  }

  return { call, guest }
}
