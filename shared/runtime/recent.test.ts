import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'souk-recent-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'calls-product.json')

/** Runs this in a process that keeps at most three calls; gives what it printed. */
function inProcess(code: string): unknown {
  const module = join(import.meta.dirname, 'recent.ts')
  const whole = `
    const { recentCalls } = await import(${JSON.stringify(module)})
    const recent = recentCalls(3)
    const reply = { status: 200, headers: [], body: '{"token":"abc"}' }
    const call = (requestId) => recent.add('f',
      { headers: {}, requestContext: { requestId, timeEpoch: 0 } }, reply, 1)
    ${code}`
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', whole],
    { env: { ...process.env, SOUK_KEEP_CALLS: file }, encoding: 'utf8' },
  )
  assert.equal(status, 0, stderr)
  return stdout === '' ? undefined : JSON.parse(stdout)
}

test('calls of the process before are found, no more than the last are kept, and no secret', () => {
  inProcess("call('a'); call('b')")
  const ids = inProcess(
    "call('c'); call('d'); console.log(JSON.stringify(recent.list().map((it) => it.id)))",
  )
  assert.deepEqual(ids, ['d', 'c', 'b'])
  const found = inProcess("console.log(JSON.stringify(recent.find('b').reply.body))")
  assert.equal(found, '{"token":"[hidden]"}')
  assert.equal(inProcess("console.log(JSON.stringify(recent.find('a') ?? null))"), null)
  assert.equal(statSync(file).mode & 0o077, process.platform === 'win32' ? 0o066 : 0)
})
