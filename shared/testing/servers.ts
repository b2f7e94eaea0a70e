import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../data/embedded.ts'
import { startRedis } from './redis.ts'
import { installTools, which } from './tools.ts'

export type TestServers = {
  /** A line on each tool that tests need and this machine has not. */
  missing: string[]
  stop(): Promise<void>
}

/** Starts what all test files share, and tells them by this process's environment. */
export async function openTestServers(): Promise<TestServers> {
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
  return {
    missing,
    async stop() {
      await postgres.stop()
      await redis?.stop()
    },
  }
}
