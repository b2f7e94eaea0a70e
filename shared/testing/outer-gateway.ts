import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { tags } from '../derive/traefik.ts'
import type { Service } from '../http/service.ts'
import { until } from './until.ts'

/** A running gateway that finds services through Consul; `gateway/testing/suites.ts` names one. */
export type OuterGateway = { base: string; close(): Promise<void> }

/** Where services of a test must listen and what they must believe, to be behind it. */
export const outer = process.env.SOUK_GATEWAY
  ? { address: '0.0.0.0', environment: { TRUSTED_PROXIES: 'loopback private' } }
  : undefined

const Entry = z.looseObject({ serverStatus: z.record(z.string(), z.string()).default({}) })

/**
 * Registers services of this process with the Consul of a running stack, by the tags that they have
 * there, and waits until its Traefik sends requests to them. Close it to be forgotten.
 */
export async function joinGateway(
  services: readonly Service[],
  ports: readonly number[],
): Promise<OuterGateway> {
  const { SOUK_GATEWAY: base = '', SOUK_GATEWAY_SEES: address = '' } = process.env
  const urls = ports.map((port) => `http://${address}:${port}`)
  const registrations = services.map((service, at) => ({
    id: `${service.name}-test-${ports[at]}`,
    name: service.name,
    address,
    port: ports[at],
    tags: tags(service),
  }))
  for (const it of registrations) await consul('register', it)
  await until(
    async () => (await routed()).filter((it) => urls.includes(it)).length === urls.length,
    20,
  )
  return {
    base,
    async close() {
      for (const { id } of registrations) await consul(`deregister/${id}`)
      await until(async () => !(await routed()).some((it) => urls.includes(it)), 20)
    },
  }
}

async function consul(path: string, body?: unknown): Promise<void> {
  const { SOUK_GATEWAY_CONSUL: place, SOUK_GATEWAY_TOKEN: token = '' } = process.env
  const answer = await fetch(`${place}/v1/agent/service/${path}`, {
    method: 'PUT',
    headers: { 'x-consul-token': token },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`Consul answered ${answer.status}: ${await answer.text()}`)
}

/** Every address that the gateway sends requests to. */
async function routed(): Promise<string[]> {
  await pause(50)
  const answer = await fetch(`${process.env.SOUK_GATEWAY_API}/api/http/services?per_page=1000`)
  const entries = z.array(Entry).parse(await answer.json())
  return entries.flatMap(({ serverStatus }) => Object.keys(serverStatus))
}
