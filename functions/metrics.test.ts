import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as z from 'zod'
import { upstream } from '../discovery/upstream.ts'
import { type Host, startHost } from '../shared/runtime/host.ts'
import { openShop, type Shop } from '../shared/testing/shop.ts'
import { services } from './catalog.ts'
import { processMetrics, serviceMetrics } from './service-metrics.ts'

const root = join(import.meta.dirname, '..')
const product = services.find((it) => it.name === 'product') ?? assert.fail()

/** Of Traefik v3.7, and of Prometheus itself. */
const FOREIGN = ['traefik_entrypoint_requests_total', 'up']

let shop: Shop
let host: Host
let text = ''

before(async () => {
  shop = await openShop([product])
  host = await startHost({
    services: [product],
    port: 0,
    address: '127.0.0.1',
    metrics: () => processMetrics('product'),
    serviceMetrics: () => serviceMetrics('product'),
  })
  upstream('review')
  const base = `http://127.0.0.1:${host.port}`
  await (await fetch(`${base}/api/v1/products/?limit=1`)).text()
  text = await (await fetch(`${base}/metrics`)).text()
})
after(async () => {
  await host.drain()
  await shop.close()
})

/** Metrics by name, with the labels that they carry. */
function given(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? []
    if (!name) continue
    const known = found.get(name) ?? new Set<string>()
    for (const [, label] of labels.matchAll(/(\w+)="/g)) if (label) known.add(label)
    found.set(name, known)
  }
  return found
}

const Dashboard = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
    }),
  ),
  templating: z.object({ list: z.array(z.object({ query: z.object({ query: z.string() }) })) }),
})

function dashboard() {
  const file = join(root, 'deploy/monitoring/dashboard.json')
  return Dashboard.parse(JSON.parse(readFileSync(file, 'utf8')))
}

const METRIC = /\b(souk_\w+|process_\w+|traefik_\w+|up)\b/g

test('every metric that the dashboard asks for is one that /metrics gives', () => {
  const names = given()
  const { panels, templating } = dashboard()
  const queries = panels.flatMap((it) => it.targets.map(({ expr }) => expr))
  queries.push(...templating.list.map((it) => it.query.query))
  const asked = new Set(queries.flatMap((it) => it.match(METRIC) ?? []))
  assert.ok(asked.size >= 15, `${asked.size}`)
  const unknown = [...asked].filter((it) => !names.has(it) && !FOREIGN.includes(it))
  assert.deepEqual(unknown, [])
})

test('every label that it sums by is one of that metric, or put on by Prometheus', () => {
  const names = given()
  for (const { targets } of dashboard().panels)
    for (const { expr, legendFormat } of targets) {
      const metrics = (expr.match(METRIC) ?? []).filter((it) => !FOREIGN.includes(it))
      if (metrics.length === 0) continue
      const wanted = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, by = '']) =>
        by.split(', '),
      )
      wanted.push(...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, it = '']) => it))
      for (const label of wanted.filter((it) => !['service', 'instance'].includes(it)))
        for (const metric of metrics) assert.ok(names.get(metric)?.has(label), `${metric} ${label}`)
    }
})

test('what Prometheus puts on a metric itself is not on it already', () => {
  for (const [name, labels] of given())
    for (const label of ['instance', 'job', 'service'])
      assert.equal(labels.has(label), false, `${name} ${label}`)
})

test('the text is as Prometheus reads it: one head for each name, its lines together', () => {
  const order = text
    .split('\n')
    .filter((it) => it !== '' && !it.startsWith('# HELP'))
    .map((it) =>
      it.replace(/^# TYPE (\w+) .*$/, '$1').replace(/^(\w+?)(_bucket|_sum|_count)?\b.*$/, '$1'),
    )
  const runs = order.filter((it, at) => it !== order[at - 1])
  assert.deepEqual(runs, [...new Set(runs)])
  const typed = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name)
  assert.deepEqual(new Set(runs), new Set(typed))
})

test('panels do not lie on each other', () => {
  const taken = new Set<string>()
  for (const { title, gridPos } of dashboard().panels)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.equal(taken.has(`${x} ${y}`), false, title)
        taken.add(`${x} ${y}`)
      }
})

test('circuits, connections and events are counted', () => {
  assert.match(text, /^souk_circuit_open\{target="review",worker="\d+"\} 0$/m)
  assert.match(text, /^souk_pool_connections\{state="used",worker="\d+"\} \d+$/m)
  assert.match(text, /^souk_outbox_waiting 0$/m)
})
