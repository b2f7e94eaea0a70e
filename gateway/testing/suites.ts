import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { startPostgres } from '../../shared/data/embedded.ts'
import { compose, docker, SERVICES } from './stack.ts'

/**
 * Runs the services' tests that have three doors with the running stack's Traefik as the third: their
 * services, in the tests' processes, take the places of the stack's own in its Consul for the time.
 *
 *   node gateway/testing/suites.ts [files]
 */
const root = join(import.meta.dirname, '../..')
const given = process.argv.slice(2)
const all = globSync('functions/{auth,product,cart,review}/*.test.ts', { cwd: root }).sort()
const hasDoors = (file: string) => /\bdoors\b/.test(readFileSync(join(root, file), 'utf8'))
const files = given.length > 0 ? given : all.filter(hasDoors)

const postgres = await startPostgres({
  directory: mkdtempSync(join(tmpdir(), 'souk-postgres-')),
  temporary: true,
})
// This machine, as containers see it that have no other way out.
const network = await docker('network', 'inspect', 'souk_mesh')
const machine = /"Gateway": "([\d.]+)"/.exec(network)?.[1] ?? ''
const token = await compose('exec', '-T', 'consul', 'cat', '/run/souk/management')
Object.assign(process.env, {
  SOUK_TEST_POSTGRES: postgres.url('postgres'),
  SECRET_KEY: randomBytes(32).toString('base64url'),
  LOGGING_LVL: 'ERROR',
  SOUK_GATEWAY: 'http://127.0.0.1',
  SOUK_GATEWAY_API: 'http://127.0.0.1:8080',
  SOUK_GATEWAY_SEES: machine,
  SOUK_GATEWAY_CONSUL: 'http://127.0.0.1:8500',
  SOUK_GATEWAY_TOKEN: token.trim(),
})

await compose('stop', ...SERVICES)
let failed = 0
try {
  // One after the other: there is one place for each service.
  const events = run({ cwd: root, files: files.map((it) => join(root, it)), concurrency: 1 })
  events.on('test:fail', () => failed++)
  const report = events.compose(new spec())
  report.pipe(process.stdout, { end: false })
  await once(report, 'end')
} finally {
  await compose('start', ...SERVICES)
  await postgres.stop()
}
console.log(`${files.length} files; ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
