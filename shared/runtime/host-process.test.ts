import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { amount } from '../testing/proof.ts'
import { until } from './lab/scratch.ts'

type Running = {
  child: ChildProcess
  url: string
  out: () => string
  exit: Promise<number | null>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function start(
  t: TestContext,
  file: 'process.ts' | 'supervisor.ts',
  env: Record<string, string> = {},
): Promise<Running> {
  const port = await freePort()
  const child = spawn(process.execPath, [fileURLToPath(new URL(`lab/${file}`, import.meta.url))], {
    env: { ...process.env, PORT: String(port), LOGGING_LVL: 'INFO', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  child.stderr.on('data', (chunk) => {
    text += chunk
  })
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  t.after(() => child.kill('SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  const ready = file === 'process.ts' ? 'listening' : 'all ready'
  await until('it serves', () => text.includes(ready) || child.exitCode !== null, 20_000)
  assert.equal(child.exitCode, null, text)
  return { child, url, out: () => text, exit }
}

const ask = (url: string, init: RequestInit = {}) =>
  fetch(url, init).then(async (response) => ({
    status: response.status,
    body: await response.text(),
  }))

/** Asks without a break until told to stop; every answer and every failure is kept. */
function hammer(url: string, clients: number) {
  const seen = { good: 0, bad: [] as string[] }
  let on = true
  const loop = async (client: number) => {
    while (on) {
      try {
        const { status, body } = await ask(`${url}/ok/`, { method: client % 2 ? 'POST' : 'GET' })
        if (status === 200) seen.good++
        else seen.bad.push(`${status} ${body}`)
      } catch (error) {
        const { cause } = error as { cause?: Error & { socket?: unknown } }
        seen.bad.push(
          `${new Date().toISOString()} ${cause ?? error} ${JSON.stringify(cause?.socket)}`,
        )
      }
    }
  }
  const all = Promise.all(Array.from({ length: clients }, (_, n) => loop(n)))
  return {
    seen,
    stop: async () => {
      on = false
      await all
      return seen
    },
  }
}

describe('a host as a process', () => {
  test('SIGTERM with 100 calls in flight loses none, exits 0, in order', async (t) => {
    const host = await start(t, 'process.ts')
    const calls = Array.from({ length: 100 }, async () => {
      const response = await fetch(`${host.url}/slow/?ms=${amount(2_000, 700)}`)
      return `${response.status} ${await response.text()} ${response.headers.get('connection')}`
    })
    await until('they are in flight', async () =>
      /souk_requests_in_flight\{function="souk-lab-slow".*\} 100$/m.test(
        (await ask(`${host.url}/metrics`)).body,
      ),
    )
    host.child.kill('SIGTERM')
    const answers = await Promise.all(calls)
    assert.deepEqual([...new Set(answers)], ['200 done close'])
    assert.equal(await host.exit, 0)
    assert.ok(host.out().indexOf('"left"') < host.out().indexOf('"stopped"'))
  })

  test('SIGTERM does not cut an answer that is still being taken', async (t) => {
    const host = await start(t, 'process.ts')
    const response = await fetch(`${host.url}/large/`)
    host.child.kill('SIGTERM')
    const refused = () =>
      ask(`${host.url}/livez`).then(
        () => false,
        () => true,
      )
    await until('it listens no more', refused)
    assert.equal((await response.text()).length, 5_000_000)
    assert.equal(await host.exit, 0)
  })

  test('it serves on while it drains, not ready, closing connections', async (t) => {
    const host = await start(t, 'process.ts', { DRAIN: '1' })
    host.child.kill('SIGTERM')
    await until('it is draining', async () => (await ask(`${host.url}/readyz`)).status === 503)
    const response = await fetch(`${host.url}/ok/`)
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('connection'), 'close')
    await response.text()
    assert.equal(await host.exit, 0)
  })

  for (const path of ['crash', 'reject'])
    test(`an error that nothing catches (${path}): that call 500, others finish, exit 1`, async (t) => {
      const host = await start(t, 'process.ts')
      const slow = ask(`${host.url}/slow/?ms=500`)
      await until('it is in flight', async () =>
        /souk_requests_in_flight\{function="souk-lab-slow".*\} 1$/m.test(
          (await ask(`${host.url}/metrics`)).body,
        ),
      )
      const crashed = await ask(`${host.url}/${path}/`)
      assert.equal(crashed.status, 500)
      assert.equal(JSON.parse(crashed.body).code, 'internal')
      assert.deepEqual(await slow, { status: 200, body: 'done' })
      assert.equal(await host.exit, 1)
      assert.match(host.out(), /nothing caught ends this process.*"answered":true/)
    })

  test('a call that never ends is named, with how long and what it said last', async (t) => {
    const host = await start(t, 'process.ts')
    assert.equal((await ask(`${host.url}/never/`)).status, 504)
    const line = host
      .out()
      .split('\n')
      .find((it) => it.includes('did not answer in time'))
    const told = JSON.parse(line ?? '{}')
    assert.equal(told.function_name, 'souk-lab-never')
    assert.equal(told.last_message, 'asking the oracle')
    assert.ok(told.elapsed_ms >= 290)
  })

  test('a thousand calls at once: no log line tells another call', async (t) => {
    const host = await start(t, 'process.ts')
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, n) =>
        ask(`${host.url}/say/?word=w${n}`, { headers: { 'x-request-id': `w${n}` } }),
      ),
    )
    assert.ok(answers.every((it, n) => it.status === 200 && it.body === `w${n}`))
    const said = () =>
      host
        .out()
        .split('\n')
        .filter((it) => it.includes('"said"'))
    await until('all lines are here', () => said().length === 4000 && host.out().endsWith('\n'))
    const lines = said().map((it) => JSON.parse(it))
    assert.equal(lines.length, 4000)
    assert.deepEqual(
      lines.filter((it) => it.word !== it.function_request_id),
      [],
    )
  })
})

describe('a supervisor', () => {
  test('starts again what dies and kills what hangs', async (t) => {
    const house = await start(t, 'supervisor.ts', { HANG_MS: '1500' })
    const first = (await ask(`${house.url}/ok/`)).body
    process.kill(Number(first), 'SIGKILL')
    const pidOf = async () =>
      ask(`${house.url}/ok/`, { signal: AbortSignal.timeout(500) }).then(
        (it) => it.body,
        () => undefined,
      )
    let second: string | undefined
    await until('another serves', async () => {
      second = await pidOf()
      return second !== undefined && second !== first
    })
    ask(`${house.url}/block/`).catch(() => undefined)
    await until('the hung one is replaced', async () => {
      const third = await pidOf()
      return third !== undefined && third !== second
    })
    const metrics = (await ask(`${house.url}/metrics`)).body
    assert.match(metrics, /^souk_restarts_total\{.*\} 2$/m)
    house.child.kill('SIGTERM')
    assert.equal(await house.exit, 0)
  })

  test('one scrape has the numbers of all processes, whichever it meets', async (t) => {
    const house = await start(t, 'supervisor.ts', { WORKERS: '3' })
    const anew = { headers: { connection: 'close' } }
    const pids = new Set<string>()
    for (let n = 0; n < 60; n++) pids.add((await ask(`${house.url}/ok/`, anew)).body)
    assert.equal(pids.size, 3)
    for (let n = 0; n < 5; n++) {
      const { body } = await ask(`${house.url}/metrics`, anew)
      const counts = body.matchAll(
        /^souk_requests_total\{function="souk-lab-ok",worker="(\d+)",.*\} (\d+)$/gm,
      )
      const byWorker = new Map([...counts].map(([, pid, count]) => [pid ?? '', Number(count)]))
      assert.deepEqual(new Set(byWorker.keys()), pids)
      assert.equal(
        [...byWorker.values()].reduce((sum, it) => sum + it),
        60,
      )
      assert.equal(body.match(/^# TYPE process_resident_memory_bytes gauge$/gm)?.length, 1)
      assert.equal(body.match(/^process_resident_memory_bytes\{/gm)?.length, 3)
    }
  })

  test('a hung process is left out of a scrape, which still comes', async (t) => {
    const house = await start(t, 'supervisor.ts', { WORKERS: '2', HANG_MS: '60000' })
    const pids = new Set<string>()
    for (let n = 0; n < 20; n++)
      pids.add((await ask(`${house.url}/ok/`, { headers: { connection: 'close' } })).body)
    // The hung one hears nothing, not even that its supervisor is gone.
    t.after(() => {
      house.child.kill('SIGKILL')
      for (const pid of pids) process.kill(Number(pid), 'SIGKILL')
    })
    ask(`${house.url}/block/`).catch(() => undefined)
    const workersSeen = async () => {
      const text = await fetch(`${house.url}/metrics`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(2_000),
      }).then(
        (it) => it.text(),
        () => '',
      )
      return text.match(/^process_resident_memory_bytes\{/gm)?.length
    }
    await until('one answers for itself', async () => (await workersSeen()) === 1, 20_000)
  })

  test('reloads under load without a lost call, and stops all', async (t) => {
    const house = await start(t, 'supervisor.ts', { WORKERS: '2', DRAIN: '2' })
    const pids = new Set<string>()
    for (let n = 0; n < 20; n++)
      pids.add((await ask(`${house.url}/ok/`, { headers: { connection: 'close' } })).body)
    assert.equal(pids.size, 2)
    const load = hammer(house.url, 20)
    await until('there is load', () => load.seen.good > 100)
    house.child.kill('SIGUSR2')
    await until('it has reloaded', () => house.out().includes('reloaded'), 30_000)
    const before = load.seen.good
    await until('the new ones serve', () => load.seen.good > before + 100)
    const seen = await load.stop()
    assert.deepEqual(seen.bad, [], house.out())
    for (let n = 0; n < 20; n++) {
      const { body } = await ask(`${house.url}/ok/`, { headers: { connection: 'close' } })
      assert.ok(!pids.has(body), 'an old process serves')
    }
    house.child.kill('SIGTERM')
    assert.equal(await house.exit, 0)
    for (const pid of pids) assert.throws(() => process.kill(Number(pid), 0))
  })
})
