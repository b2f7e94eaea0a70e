import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCollector } from '../testing/otlp.ts'
import { allowing, until } from '../testing/until.ts'
import { openTracing } from './otel.ts'
import { traceSettings } from './trace-settings.ts'

const settings = (endpoint: string, more: Record<string, string> = {}) =>
  traceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...more }) ?? assert.fail('no settings')

const CALLER = { sampled: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, not: '' }
CALLER.not = CALLER.sampled.replace(/01$/, '00')

/** Shares of 400 traces that a sampler takes: of those that begin here, of callers that took theirs, or not. */
async function shares(sampler: string, ratio: string) {
  const collector = await startCollector()
  const tracing = openTracing(
    'test',
    settings(collector.endpoint, { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio }),
  )
  const take = (parent: () => string | undefined) => {
    let taken = 0
    for (let n = 0; n < 400; n++) {
      const span = tracing.start('x', 'server', parent())
      if (span.traceparent.endsWith('-01')) taken++
      span.end()
    }
    return taken / 400
  }
  const anew = (parent: string) => () =>
    parent.replace('a'.repeat(32), crypto.randomUUID().replaceAll('-', ''))
  const result = [take(() => undefined), take(anew(CALLER.sampled)), take(anew(CALLER.not))]
  await tracing.close()
  await collector.close()
  return result
}

const samplers: Record<string, [began: number, taken: number, left: number]> = {
  always_on: [1, 1, 1],
  always_off: [0, 0, 0],
  traceidratio: [0.25, 0.25, 0.25],
  parentbased_always_on: [1, 1, 0],
  parentbased_always_off: [0, 1, 0],
  parentbased_traceidratio: [0.25, 1, 0],
}
for (const [sampler, expected] of Object.entries(samplers))
  test(`${sampler} takes what its name says`, async () => {
    for (const [at, share] of (await shares(sampler, '0.25')).entries())
      assert.ok(Math.abs(share - (expected[at] ?? 2)) < 0.12, `${at}: ${share}`)
  })

test('more spans than can be sent are lost, not kept', async () => {
  const collector = await startCollector()
  const tracing = openTracing('test', settings(collector.endpoint))
  for (let n = 0; n < 30_000; n++) tracing.start(`span ${n}`, 'server', undefined).end()
  let known = 0
  let still = 0
  const isOver = () => {
    const { length } = collector.spans
    still = length === known ? still + 1 : 0
    known = length
    return length >= 2048 && still > 60
  }
  await until(isOver, 10)
  await tracing.close()
  assert.ok(collector.spans.length <= 2048 + 512, `${collector.spans.length}`)
  await collector.close()
})

test('a collector that hangs holds the end of a process for a moment', async () => {
  const collector = await startCollector(0, () => undefined)
  const tracing = openTracing('test', settings(collector.endpoint))
  tracing.start('span', 'server', undefined).end()
  const began = performance.now()
  await tracing.close()
  assert.ok(performance.now() - began < allowing(2_500))
  await collector.close()
})

test('a parent that is none begins a trace', async () => {
  const collector = await startCollector()
  const tracing = openTracing('test', settings(collector.endpoint))
  for (const parent of ['', 'nonsense', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`])
    tracing.start('x', 'server', parent).end({ attributes: { password: 'hunter2', one: 1 } })
  await tracing.close()
  assert.equal(collector.spans.length, 3)
  for (const { parentSpanId, attributes } of collector.spans) {
    assert.ok(!parentSpanId)
    assert.deepEqual(attributes, { password: '[hidden]', one: 1 })
  }
  await collector.close()
})

test('headers may be percent-encoded, and values may hold an equals sign', () => {
  const header = 'authorization=Basic%20YTpi==,x-key=plain'
  const { headers } = settings('http://localhost', { OTEL_EXPORTER_OTLP_HEADERS: header })
  assert.deepEqual(headers, { authorization: 'Basic YTpi==', 'x-key': 'plain' })
  assert.equal(traceSettings({}), undefined)
  assert.equal(traceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'nowhere' }), undefined)
})
