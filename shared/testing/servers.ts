import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../data/embedded.ts'
import { startRedis } from './redis.ts'
import { standBetween, type Way } from './through.ts'
import { installTools, which } from './tools.ts'

export type TestServers = {
  /** A line on each tool that tests need and this machine has not. */
  missing: string[]
  /** Gives lines on what stood between, if anything. */
  stop(): Promise<string[]>
}

/**
 * Starts what all test files share, and tells them by this process's environment. With `through`, what
 * stands between the tests and these servers.
 */
export async function openTestServers(through?: Way): Promise<TestServers> {
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
  const between = through && (await standBetween(through, postgres.url('postgres')))
  Object.assign(process.env, between?.environment)
  return {
    missing,
    async stop() {
      const seen = between ? [await between.stop()] : []
      await postgres.stop()
      await redis?.stop()
      return seen
    },
  }
}
