import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { until } from '../testing/until.ts'
import { startPostgres } from './embedded.ts'

const isRoot = process.getuid?.() === 0

function folder(t: TestContext, parent = tmpdir()) {
  const path = mkdtempSync(join(parent, 'souk-embedded-'))
  if (parent === tmpdir()) chmodSync(path, 0o755)
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return join(path, '.souk/postgres')
}

async function ask(url: string, text: string) {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** A process that owns a server; tells its URL, then waits to be ended. */
async function owner(directory: string): Promise<{ child: ChildProcess; url: string }> {
  const code = `
    import { startPostgres } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url))}
    const server = await startPostgres({ directory: ${JSON.stringify(directory)} })
    await server.createDatabase('shop')
    console.log(server.url('shop'))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code])
  const [url] = await once(createInterface(child.stdout), 'line')
  return { child, url }
}

const postmaster = (directory: string) =>
  Number(readFileSync(join(directory, 'data/postmaster.pid'), 'utf8').split('\n')[0])

function isAlive(pid: number) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('it starts on an empty folder, keeps its data, asks for a password, and stops', async (t) => {
  const directory = folder(t)
  const started = performance.now()
  const first = await startPostgres({ directory })
  const firstStart = performance.now() - started
  await Promise.all([first.createDatabase('shop'), first.createDatabase('shop')])
  await ask(first.url('shop'), 'create table kept (n int); insert into kept values (1)')
  const [row] = await ask(first.url('shop'), 'show synchronous_commit')
  assert.deepEqual(row, { synchronous_commit: 'on' })
  const without = new URL(first.url('shop'))
  without.password = 'guess'
  await assert.rejects(ask(without.href, 'select 1'), { code: '28P01' })
  const secret = statSync(join(directory, 'data/souk-password'))
  assert.equal(secret.mode & 0o077, 0)
  await first.stop()

  const second = await startPostgres({ directory })
  assert.deepEqual(await ask(second.url('shop'), 'select n from kept'), [{ n: 1 }])
  await second.stop()
  assert.ok(firstStart < 30_000, `${firstStart} ms`)
})

test('a second owner of the same folder is told of the first, whose server goes on', async (t) => {
  const directory = folder(t)
  const server = await startPostgres({ directory })
  await assert.rejects(startPostgres({ directory }), /runs in this folder already \(process \d+\)/)
  assert.deepEqual(await ask(server.url('postgres'), 'select 1 as one'), [{ one: 1 }])
  await server.stop()
})

test('two that start at once on an empty folder: one wins, the other is told', async (t) => {
  const directory = folder(t)
  const verdicts = await Promise.allSettled([
    startPostgres({ directory }),
    startPostgres({ directory }),
  ])
  const winners = verdicts.filter((it) => it.status === 'fulfilled')
  assert.equal(winners.length, 1)
  for (const winner of winners) await winner.value.stop()
})

test('an owner killed without warning takes its server along; no answered write is lost', async (t) => {
  const directory = folder(t)
  const { child, url } = await owner(directory)
  await ask(url, 'create table kept (n int); insert into kept values (1)')
  const pid = postmaster(directory)
  child.kill('SIGKILL')
  await until(() => !isAlive(pid))
  const again = await startPostgres({ directory })
  assert.deepEqual(await ask(again.url('shop'), 'select n from kept'), [{ n: 1 }])
  await again.stop()
})

test('a server left behind by owner and watchdog is ended, its data kept', async (t) => {
  const directory = folder(t)
  const { child, url } = await owner(directory)
  await ask(url, 'create table kept (n int); insert into kept values (1)')
  const pid = postmaster(directory)
  const watchdogs = execFileSync('pgrep', ['-f', `kill -INT ${pid};`], { encoding: 'utf8' })
  for (const watchdog of watchdogs.trim().split('\n')) process.kill(Number(watchdog), 'SIGKILL')
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.ok(isAlive(pid))
  const again = await startPostgres({ directory })
  assert.notEqual(postmaster(directory), pid)
  assert.deepEqual(await ask(again.url('shop'), 'select n from kept'), [{ n: 1 }])
  await again.stop()
})

test('a server that was killed itself comes back, also when its process id is somebody else’s', async (t) => {
  const directory = folder(t)
  const { child, url } = await owner(directory)
  await ask(url, 'create table kept (n int); insert into kept values (1)')
  const file = join(directory, 'data/postmaster.pid')
  const text = readFileSync(file, 'utf8')
  process.kill(postmaster(directory), 'SIGKILL')
  child.kill('SIGKILL')
  await once(child, 'exit')
  writeFileSync(file, text.replace(/^\d+/, String(process.pid)))
  const again = await startPostgres({ directory })
  assert.deepEqual(await ask(again.url('shop'), 'select n from kept'), [{ n: 1 }])
  await again.stop()
})

test('data of another major version are left alone, with a word on what to do', async (t) => {
  const directory = folder(t)
  await startPostgres({ directory }).then((server) => server.stop())
  writeFileSync(join(directory, 'data/PG_VERSION'), '15\n')
  await assert.rejects(startPostgres({ directory }), /PostgreSQL 15 and this is \d+/)
})

test('a temporary server leaves nothing', async (t) => {
  const directory = folder(t)
  const server = await startPostgres({ directory, temporary: true })
  await server.stop()
  assert.equal(statSync(directory, { throwIfNoEntry: false }), undefined)
})

if (isRoot) {
  test('root in a folder that no other user can enter, such as its home', async (t) => {
    const home = homedir()
    const parent = mkdtempSync(join(home, 'souk-closed-'))
    chmodSync(parent, 0o700)
    t.after(() => rmSync(parent, { recursive: true, force: true }))
    const directory = folder(t, parent)
    const first = await startPostgres({ directory })
    await ask(first.url('postgres'), 'create table kept (n int); insert into kept values (1)')
    await first.stop()
    const second = await startPostgres({ directory, temporary: true })
    assert.deepEqual(await ask(second.url('postgres'), 'select n from kept'), [{ n: 1 }])
    await second.stop()
  })
}
