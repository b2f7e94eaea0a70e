import { services } from '../../functions/catalog.ts'
import { exampleCall } from '../../shared/derive/example.ts'
import type { Contract } from '../../shared/http/contract.ts'
import { kebab } from '../../shared/http/service.ts'

/** One operation as a page of somebody else would ask for it, with what would make it succeed. */
export type Operation = { name: string; method: string; url: string; body: string; fields: Fields }
type Fields = Record<string, string>

/** Every operation of every service that the gateway leads to, with real ids where they are known. */
export function operations(
  base: string,
  ids: Record<string, string>,
  bodies: Record<string, object>,
): Operation[] {
  return services.flatMap((service) =>
    Object.entries(service.endpoints)
      .filter(([, it]) => it.contract.access !== 'service')
      .map(([key, it]) => operation(kebab(key), it.contract, base, ids, bodies)),
  )
}

function operation(
  name: string,
  contract: Contract,
  base: string,
  ids: Record<string, string>,
  bodies: Record<string, object>,
): Operation {
  const { params, query, body } = exampleCall(contract)
  const path = contract.path.replace(
    /\{(\w+)\}/g,
    (_, it: string) => ids[`${name}:${it}`] ?? ids[it] ?? params[it] ?? '',
  )
  // What is in a cookie is taken only where it is asked for.
  if (contract.query && 'cookie' in contract.query.shape) query.cookie = '1'
  const search = new URLSearchParams(query).toString()
  const content = bodies[name] ?? body ?? {}
  return {
    name,
    method: contract.method,
    url: `${base}${path}${search && `?${search}`}`,
    body: JSON.stringify(content),
    fields: Object.fromEntries(Object.entries(content).map(([it, value]) => [it, String(value)])),
  }
}

/** What a page could read of an answer that is not its own. */
export type Readable = { name: string; way: string; status: number; text: string }

/**
 * Runs in the attacker's page: asks for each operation in every way that a page has. Gives what it
 * could read; it must be nothing.
 */
export async function attack(all: Operation[]): Promise<Readable[]> {
  const readable: Readable[] = []
  const text = 'text/plain'
  const json = 'application/json'

  async function ask(it: Operation, way: string, init: RequestInit): Promise<void> {
    try {
      const answer = await fetch(it.url, { method: it.method, credentials: 'include', ...init })
      if (answer.type === 'opaque' || answer.type === 'opaqueredirect') return
      const { status } = answer
      readable.push({ name: it.name, way, status, text: (await answer.text()).slice(0, 80) })
    } catch {
      // As it must be.
    }
  }

  function form(it: Operation, enctype: string): Promise<void> {
    return new Promise((resolve) => {
      const frame = document.createElement('iframe')
      frame.name = `f${Math.random()}`
      document.body.append(frame)
      const form = document.createElement('form')
      Object.assign(form, { action: it.url, method: 'post', target: frame.name, enctype })
      // As plain text a field's name, the sign "=" and its value together make an object.
      const whole = { [`${it.body.slice(0, -1)}${it.body === '{}' ? '' : ','}"x":"`]: '"}' }
      for (const [name, value] of Object.entries(enctype === text ? whole : it.fields)) {
        const input = document.createElement('input')
        Object.assign(input, { type: 'hidden', name, value })
        form.append(input)
      }
      document.body.append(form)
      frame.onload = () => resolve()
      setTimeout(resolve, 10_000)
      form.submit()
    })
  }

  for (const it of all) {
    const { body, method } = it
    const bodyless = method === 'GET'
    const plain = { headers: { 'content-type': text } }
    const ways: Promise<unknown>[] = [
      ask(it, 'cors', bodyless ? {} : { ...plain, body }),
      ask(it, 'cors, JSON', { headers: { 'content-type': json }, ...(bodyless ? {} : { body }) }),
      ask(it, 'cors, with a token', { headers: { authorization: 'Bearer x' } }),
    ]
    if (bodyless) ways.push(ask(it, 'no-cors', { mode: 'no-cors' }))
    if (method === 'POST') {
      for (const type of [text, 'application/x-www-form-urlencoded', 'multipart/form-data'])
        ways.push(form(it, type))
      ways.push(ask(it, 'no-cors', { mode: 'no-cors', ...plain, body }))
      ways.push(ask(it, 'no-cors, no type', { mode: 'no-cors', body: new Blob([body]) }))
      ways.push(ask(it, 'no-cors, nothing', { mode: 'no-cors' }))
      navigator.sendBeacon(it.url, new Blob([body], { type: text }))
    }
    await Promise.all(ways)
    for (const frame of document.querySelectorAll('iframe, form')) frame.remove()
  }
  return readable
}
