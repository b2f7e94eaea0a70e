import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'

/**
 * What the host costs beside bare node:http with the same bytes and headers, and beside Fastify.
 * `node bench/host.ts [rounds] [seconds]`. Each server is a process of its own; within a round all are
 * measured one after the other, each time in another order, and set against the round's own base.
 */
type Server = { child: ChildProcess; port: number }
type Measured = { perSecond: number; cpuMicros: number; p99: number }

const rounds = Number(process.argv[2] ?? 5)
const seconds = Number(process.argv[3] ?? 2)

const small = '/api/v1/small/7/'
const page = '/api/v1/page/7/'
const runs: [name: string, path: string, base: string][] = [
  ['bare small', small, 'bare small'],
  ['fastify', small, 'bare small'],
  ['host function', small, 'bare small'],
  ['bare 8 KB', page, 'bare 8 KB'],
  ['host stored', page, 'bare 8 KB'],
  ['host stored, asked', page, 'bare 8 KB'],
]

async function start(name: string): Promise<Server> {
  const child = fork(fileURLToPath(new URL('./host-server.ts', import.meta.url)), [name])
  const { port } = await told<{ port: number }>(child)
  return { child, port }
}

function told<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as T)))
}

async function cpu(child: ChildProcess): Promise<number> {
  const answer = told<{ cpu: NodeJS.CpuUsage }>(child)
  child.send('cpu')
  const { cpu } = await answer
  return cpu.user + cpu.system
}

async function measure({ child, port }: Server, path: string, duration: number): Promise<Measured> {
  const before = await cpu(child)
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    connections: 50,
    duration,
    headers: { accept: 'application/json', 'user-agent': 'bench' },
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${path}: ${result.non2xx} bad answers, ${result.errors} errors`)
  const total = result.requests.total
  return {
    perSecond: total / result.duration,
    cpuMicros: ((await cpu(child)) - before) / total,
    p99: result.latency.p99,
  }
}

function spread(values: number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    (sorted[Math.round((sorted.length - 1) * share)] ?? 0).toFixed(digits)
  return `${at(0.5)} (${at(0)}–${at(1)})`
}

const servers = new Map<string, Server>()
for (const [name, path] of runs) {
  const server = await start(name)
  servers.set(name, server)
  await measure(server, path, 1)
}
const measured = new Map(runs.map(([name]) => [name, [] as Measured[]]))
for (let round = 0; round < rounds; round++)
  for (let step = 0; step < runs.length; step++) {
    const [name = '', path = ''] = runs[(step + round) % runs.length] ?? []
    const server = servers.get(name)
    if (server) measured.get(name)?.push(await measure(server, path, seconds))
  }
for (const { child } of servers.values()) child.kill()

const rows = runs.map(([name, , base]) => {
  const own = measured.get(name) ?? []
  const against = measured.get(base) ?? []
  const ratio = (part: (it: Measured) => number) =>
    own.map((it, at) => part(it) / part(against[at] ?? it))
  return {
    server: name,
    'requests/s': spread(
      own.map((it) => it.perSecond),
      0,
    ),
    'of bare': spread(
      ratio((it) => it.perSecond),
      2,
    ),
    'CPU µs/request': spread(
      own.map((it) => it.cpuMicros),
      1,
    ),
    'bare CPU / own': spread(
      ratio((it) => it.cpuMicros).map((it) => 1 / it),
      2,
    ),
    'p99 ms': spread(
      own.map((it) => it.p99),
      0,
    ),
  }
})
process.stdout.write(`${rounds} rounds of ${seconds} s, 50 connections; median (least–most)\n`)
console.table(rows)
