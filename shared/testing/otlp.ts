import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'

const Value = z.object({
  stringValue: z.string().optional(),
  intValue: z.union([z.number(), z.string()]).optional(),
  doubleValue: z.number().optional(),
  boolValue: z.boolean().optional(),
})
const Attributes = z
  .array(z.object({ key: z.string(), value: Value }))
  .default([])
  .transform((list) =>
    Object.fromEntries(
      list.map(({ key, value: it }) => [
        key,
        it.stringValue ?? it.intValue ?? it.doubleValue ?? it.boolValue,
      ]),
    ),
  )
const Request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string().regex(/^[0-9a-f]{32}$/),
              spanId: z.string().regex(/^[0-9a-f]{16}$/),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.int(),
              startTimeUnixNano: z.string(),
              endTimeUnixNano: z.string(),
              attributes: Attributes,
              status: z.object({ code: z.int().optional() }).default({}),
            }),
          ),
        }),
      ),
    }),
  ),
})

type Sent = z.output<typeof Request>['resourceSpans'][number]['scopeSpans'][number]['spans'][number]

/** A span as a collector gets it, and whose it is. */
export type ReceivedSpan = Sent & { service: string; resource: Record<string, unknown> }

export type Collector = {
  endpoint: string
  spans: ReceivedSpan[]
  /** Everything that came, as it came: for what must not be in it. */
  text(): string
  close(): Promise<void>
}

/** An OTLP receiver; `answer` takes its place for one that misbehaves. */
export async function startCollector(
  port = 0,
  answer: (response: ServerResponse) => void = (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
): Promise<Collector> {
  const spans: ReceivedSpan[] = []
  const texts: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    texts.push(JSON.stringify(request.headers), text)
    for (const { resource, scopeSpans } of Request.parse(JSON.parse(text)).resourceSpans) {
      const service = String(resource.attributes['service.name'])
      for (const it of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({ ...it, service, resource: resource.attributes })
    }
    answer(response)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    text: () => texts.join('\n'),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
