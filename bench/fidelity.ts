import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { id } from '../shared/http/params.ts'
import { type RequestVector, requests, results } from '../shared/runtime/event.vectors.ts'
import { startHost } from '../shared/runtime/host.ts'
import { scratch, scratchService, sendRaw, wire } from '../shared/runtime/lab/scratch.ts'
import { verify, verifyResult } from '../shared/runtime/lab/verify.ts'
import { freePorts } from '../shared/testing/shop.ts'

/**
 * How many of the vectors of what AWS does (`shared/runtime/event.vectors.ts`) come out the same over
 * a socket: by our host, by serverless-offline, by functions-framework. `--install` fetches the two,
 * `--failures` names what failed. Exit code: 1 when ours is not whole.
 */
type Score = { name: string; events: Count; results: Count; failures: string[] }
type Count = { good: number; all: number }

const NULLS = 'what has no value is absent, not null'
const peers = join(import.meta.dirname, 'peers')

process.env.LOGGING_LVL ??= 'ERROR'
if (process.argv.includes('--install'))
  spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'],
    {
      cwd: peers,
      stdio: ['ignore', 2, 2],
    },
  )

const scores = [await ours()]
for (const name of ['serverless-offline', 'functions-framework']) {
  const folder = name === 'serverless-offline' ? name : `@google-cloud/${name}`
  if (existsSync(join(peers, 'node_modules', folder))) scores.push(await peer(name))
  else console.error(`${name} is not installed: npm run fidelity -- --install`)
}
console.log('| host | events | results | score |\n|---|---|---|---|')
for (const { name, events, results: answers } of scores) {
  const share = (events.good + answers.good) / (events.all + answers.all)
  const cells = [`${events.good} of ${events.all}`, `${answers.good} of ${answers.all}`]
  console.log(`| ${[name, ...cells, `${Math.floor(share * 100)} %`].join(' | ')} |`)
}
if (process.argv.includes('--failures'))
  for (const { name, failures } of scores)
    for (const failure of failures) console.log(`${name}: ${failure}`)
process.exitCode = scores[0]?.failures.length === 0 ? 0 : 1

async function ours(): Promise<Score> {
  const echo = async (event: unknown) => ({
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  })
  const params = { value: id.text }
  const give = scratch(
    'GET',
    '/give/{n}/',
    async (event) => results[Number(event.pathParameters?.n)]?.result,
    { params: { n: id.integer } },
  )
  const endpoints = {
    getCapture: scratch('GET', '/capture/{value}/', echo, { params }),
    postCapture: scratch('POST', '/capture/{value}/', echo, { params }),
    putCapture: scratch('PUT', '/capture/{value}/', echo, { params }),
    plain: scratch('GET', '/plain/', echo),
    give,
  }
  const services = [scratchService(endpoints)]
  const host = await startHost({ port: 0, address: '127.0.0.1', services })
  // The host logs each bad result; the table shall stand alone.
  const write = process.stdout.write
  process.stdout.write = () => true
  try {
    return await measure('souk', host.port)
  } finally {
    process.stdout.write = write
    await host.drain()
  }
}

async function peer(name: string): Promise<Score> {
  const [port = 0] = await freePorts(1)
  const child = fork(join(peers, `${name}.mjs`), [String(port)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  try {
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error(`${name} did not start`))),
    ])
    return await measure(name, port)
  } finally {
    child.kill('SIGKILL')
  }
}

async function measure(name: string, port: number): Promise<Score> {
  const failures: string[] = []
  const count = async (rule: string, all: (() => Promise<void>)[]): Promise<Count> => {
    let good = 0
    for (const one of all)
      await one().then(
        () => good++,
        (error: Error) => failures.push(`${rule}: ${error.message.split('\n', 1)[0]}`),
      )
    return { good, all: all.length }
  }
  const events = await count(
    'event',
    ([...requests, { rule: '6', name: NULLS, target: '/capture/x' }] as RequestVector[])
      .filter((it) => !it.pure)
      .map((vector) => async () => {
        const { method = 'GET', target, headers, body } = vector
        const [answer] = await sendRaw(port, wire(method, target, headers, body))
        const fail = (why: string) => new Error(`${vector.rule} ${vector.name}: ${why}`)
        if (answer?.status !== 200) throw fail(`answered ${answer?.status}`)
        try {
          // That nothing is null is a vector of its own: it would fail all others with it.
          verify(
            vector,
            JSON.parse(answer.body.toString()),
            vector.name === NULLS ? 'refused' : 'passed',
          )
        } catch (error) {
          throw fail(error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error))
        }
      }),
  )
  const given = await count(
    'result',
    results.map((vector, at) => async () => {
      const [answer] = await sendRaw(port, wire('GET', `/give/${at}`))
      try {
        if (!answer) throw new Error('no answer')
        verifyResult(vector, answer)
      } catch (error) {
        const why = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)
        throw new Error(`${vector.rule} ${vector.name}: ${why}`)
      }
    }),
  )
  return { name, events, results: given, failures }
}
