import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { rotatingFile } from './log-file.ts'

type Line = Record<string, unknown> & { error?: Record<string, unknown> & { cause?: unknown } }

/** Lines that a process of its own wrote while running `code`. */
function linesOf(code: string, env: Record<string, string> = {}, cwd?: string): Line[] {
  const head = `import { log, logToFile, withInvocation } from ${JSON.stringify(new URL('./log.ts', import.meta.url))}\n`
  const args = ['--input-type=module-typescript', '-e', head + code]
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', env, cwd })
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

test('a line is one JSON object with level, time and message', () => {
  const [line] = linesOf(`log.info('started', { port: 8001, service: 'cart' })`)
  assert.equal(line?.service, 'cart')
  assert.equal(line?.level, 'INFO')
  assert.equal(line?.message, 'started')
  assert.equal(line?.port, 8001)
  assert.match(String(line?.timestamp), /^\d{4}-\d\d-\d\dT.*Z$/)
})

test('LOGGING_LVL decides, in any case, and warnings go to stdout too', () => {
  const code = `log.debug('d'); log.info('i'); log.warn('w'); log.error('e')`
  const levels = (LOGGING_LVL: string) => linesOf(code, { LOGGING_LVL }).map((it) => it.message)
  assert.deepEqual(levels('DEBUG'), ['d', 'i', 'w', 'e'])
  assert.deepEqual(levels('info'), ['i', 'w', 'e'])
  assert.deepEqual(levels('ERROR'), ['e'])
  assert.deepEqual(levels('nonsense'), ['i', 'w', 'e'])
})

test('lines of overlapping invocations keep their own ids', () => {
  const lines = linesOf(`
    const call = (n: number) =>
      withInvocation(
        { requestId: 'r' + n, functionName: 'f' + n, service: 'cart', traceparent: '00-' + String(n).padStart(32, '0') + '-00f067aa0ba902b7-01' },
        async () => {
          for (let i = 0; i < 5; i++) {
            await new Promise((resolve) => setImmediate(resolve))
            log.info('step', { n })
          }
        },
      )
    await Promise.all(Array.from({ length: 20 }, (_, n) => call(n)))
    log.info('outside', { n: -1 })
  `)
  assert.equal(lines.length, 101)
  for (const { n, ...line } of lines.slice(0, 100)) {
    assert.equal(line.function_request_id, `r${n}`)
    assert.equal(line.function_name, `f${n}`)
    assert.equal(line.service, 'cart')
    assert.equal(line.trace_id, String(n).padStart(32, '0'))
  }
  assert.equal(lines.at(-1)?.function_request_id, undefined)
})

test('no secret, token, password or email reaches a line, at any depth', () => {
  const code = `
    const canary = 'canary-value'
    log.info('mail to canary@shop.example went out', {
      password: canary, current_password: canary, Authorization: canary, cookie: canary, access: canary,
      refresh: canary, email: canary, SECRET_KEY: canary, 'x-api-key': canary,
      deep: [{ list: [{ refresh_token: canary, credentials: { user: canary } }] }],
      note: 'bearer eyJcanary.eyJcanary.canary', url: 'postgres://canary:canary@db/x',
      kept: 'product 12', passed: true, tokens: 3
    })
    log.error('failed', Object.assign(new Error('no row for canary@shop.example'), {
      code: '23505', constraint: 'user_email_key', detail: 'Key (email)=(canary) exists', config: { x: canary }
    }))
  `
  const [first, second] = linesOf(code)
  assert.ok(!JSON.stringify([first, second]).includes('canary'), JSON.stringify([first, second]))
  assert.equal(first?.kept, 'product 12')
  assert.equal(second?.error?.code, '23505')
  assert.equal(second?.error?.constraint, 'user_email_key')
})

test('an error is written with its stack and causes', () => {
  const [line] = linesOf(
    `log.error('failed', { error: new Error('outer', { cause: new TypeError('inner') }) })`,
  )
  assert.equal(line?.error?.message, 'outer')
  assert.match(String(line?.error?.stack), /Error: outer/)
  assert.deepEqual(Object(line?.error?.cause).name, 'TypeError')
})

test('lines also go to a file, which rotates by size', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'souk-log-'))
  t.after(() => rmSync(folder, { recursive: true }))
  linesOf(`logToFile('cart'); log.info('one'); log.info('two')`, {}, folder)
  const written = readFileSync(join(folder, 'logs/cart.log'), 'utf8').trim().split('\n')
  assert.deepEqual(
    written.map((line) => JSON.parse(line).message),
    ['one', 'two'],
  )

  const path = join(folder, 'small.log')
  const [a, b] = [rotatingFile(path, { maxBytes: 1000 }), rotatingFile(path, { maxBytes: 1000 })]
  for (let i = 0; i < 50; i++) for (const it of [a, b]) it.write(`${'x'.repeat(99)}\n`)
  a.close()
  b.close()
  const files = readdirSync(folder).filter((name) => name.startsWith('small'))
  assert.deepEqual(files.sort(), ['small.log', 'small.log.1', 'small.log.2'])
  for (const name of files) assert.ok(statSync(join(folder, name)).size <= 2100, name)
})

test('a child of a process that answered calls can log before it has answered one', () => {
  const lines = linesOf(`log.info('first words')`, { AWS_LAMBDA_MAX_CONCURRENCY: '64' })
  assert.deepEqual(
    lines.map((line) => line.message),
    ['first words'],
  )
})
