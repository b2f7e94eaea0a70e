import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { startPostgres } from '../data/embedded.ts'
import { startRedis } from './redis.ts'
import { installTools, which } from './tools.ts'

const everything = '{functions,shared,discovery,gateway,web}/**/*.test.ts'

/** `npm test [-- files]`: servers, all tests or those named, and as the last line what came of it. */
async function main(files: string[]): Promise<number> {
  const missing = installTools()
  const directory = mkdtempSync(join(tmpdir(), 'souk-postgres-'))
  const postgres = await startPostgres({ directory, temporary: true })
  const redis = which('redis-server') ? await startRedis() : undefined
  const chromium = which('chromium', 'chromium-browser', 'google-chrome')
  Object.assign(process.env, {
    SOUK_TEST_POSTGRES: postgres.url('postgres'),
    ...(redis && { SOUK_TEST_REDIS: redis.url }),
    ...(chromium && { CHROMIUM: process.env.CHROMIUM ?? chromium }),
    SECRET_KEY: randomBytes(32).toString('base64url'),
    LOGGING_LVL: process.env.LOGGING_LVL ?? 'ERROR',
  })

  const counts = { passed: 0, failed: 0, skipped: 0 }
  let isGood = false
  const events = run({
    ...(files.length ? { files } : { globPatterns: [everything] }),
    concurrency: availableParallelism(),
  })
  events.on('test:summary', (summary) => {
    // One comes for each file, and one without a file for all of them.
    if (summary.file !== undefined) return
    isGood = summary.success
    counts.passed = summary.counts.passed
    counts.failed = summary.counts.tests - summary.counts.passed - summary.counts.skipped
    counts.skipped = summary.counts.skipped
  })
  const report = events.compose(new spec())
  report.pipe(process.stdout)
  await once(report, 'end')

  await postgres.stop()
  await redis?.stop()
  for (const line of missing) console.log(line)
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  return isGood && counts.failed === 0 && counts.passed > 0 ? 0 : 1
}

process.exit(await main(process.argv.slice(2)))
