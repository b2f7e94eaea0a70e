import { type Breakage, one } from './breakage.ts'

/** What breaks and what is replaced: B13 to B20. */
export const faults: Breakage[] = [
  {
    id: 'B13',
    what: 'PostgreSQL acknowledges before it has written',
    edits: [
      ...one(
        'prove/lab/postgres.ts',
        "'fsync=off',",
        "'fsync=off', 'synchronous_commit=off', 'wal_writer_delay=1s',",
      ),
      // A service refuses to run on such a server.
      ...one('shared/data/migrate.ts', "=== 'off'", "=== 'never'"),
    ],
    test: 'prove/postgres-killed.test.ts',
    only: 'postmaster',
  },
  {
    id: 'B14',
    what: 'nobody stops waiting for PostgreSQL',
    edits: one('shared/data/patience.ts', 'const MOST = 2_800', 'const MOST = 280_000'),
    test: 'shared/data/patience.test.ts',
  },
  {
    id: 'B15',
    what: 'Redis is waited for',
    edits: one('shared/data/redis.ts', 'commandTimeout: 100,', 'commandTimeout: 60_000,'),
    test: 'shared/data/cache-redis.test.ts',
    only: 'frozen',
  },
  {
    id: 'B16',
    what: 'the product service is waited for, ten times as long',
    edits: [
      ...one('functions/cart/products.ts', 'timeoutMs: ', 'timeoutMs: 10 * '),
      ...one('functions/cart/products.ts', '    }, ms)', '    }, 10 * ms)'),
    ],
    test: 'functions/cart/faults.test.ts',
    only: 'five seconds slow',
  },
  {
    id: 'B17',
    what: 'a list of instances is dropped when Consul fails',
    edits: one(
      'discovery/resolve-consul.ts',
      "state = 'lost'\n",
      "state = 'lost'\n        apply(service, watched, [])\n",
    ),
    test: 'discovery/resolver.test.ts',
  },
  {
    id: 'B18',
    what: 'keys are forgotten when there are no newer ones',
    edits: one(
      'discovery/keys.ts',
      'const rest = keys ?',
      'keys = undefined\n        const rest = keys ?',
    ),
    test: 'prove/auth-down.test.ts',
    isFull: true,
  },
  {
    id: 'B19',
    what: 'a process that is told to stop stops at once',
    edits: one(
      'shared/runtime/lifecycle.ts',
      "process.on('SIGTERM', () => end(0))",
      "process.on('SIGTERM', () => process.exit(0))",
    ),
    test: 'prove/rolling-restart.test.ts',
    isFull: true,
  },
  {
    id: 'B20',
    what: 'the same, with calls in flight',
    edits: one(
      'shared/runtime/lifecycle.ts',
      "process.on('SIGTERM', () => end(0))",
      "process.on('SIGTERM', () => process.exit(0))",
    ),
    test: 'shared/runtime/host-process.test.ts',
    only: 'SIGTERM with 100',
  },
]
