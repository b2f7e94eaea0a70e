/** One way to break the system, and the test that has to notice. */
export type Breakage = {
  id: string
  /** What is broken, for the report. */
  what: string
  edits: { file: string; from: string; to: string }[]
  test: string
  only?: string
}

const one = (file: string, from: string, to: string) => [{ file, from, to }]

export const breakages: Breakage[] = [
  {
    id: 'B1',
    what: 'a parameter given twice is taken',
    edits: one(
      'shared/http/parse.ts',
      'if (Object.hasOwn(given, key)) faults',
      'if (key === "") faults',
    ),
    test: 'prove/fuzz-product.test.ts',
    only: 'GET /api/v1/products/,',
  },
  {
    id: 'B1c',
    what: 'an add replaces what is in the line',
    edits: one(
      'functions/cart/queries.ts',
      'set quantity = cart_line.quantity + excluded.quantity,',
      'set quantity = excluded.quantity,',
    ),
    test: 'prove/chains.test.ts',
    only: 'carts',
  },
  {
    id: 'B2',
    what: 'staff only is for everybody',
    edits: one(
      'shared/http/authorise.ts',
      "if (access === 'staff' &&",
      "if (access === 'service' &&",
    ),
    test: 'functions/authorisation.test.ts',
    only: 'POST /api/v1/categories/',
  },
  {
    id: 'B3',
    what: 'any `typ` passes for an access token',
    edits: one('shared/http/tokens.ts', "typ: z.literal('at+jwt')", 'typ: z.string().optional()'),
    test: 'functions/hostile-tokens.test.ts',
  },
  {
    id: 'B4',
    what: 'a refresh token is not compared before it is turned',
    edits: one('functions/auth/queries/sessions.ts', ' and s.counter = ', ' and -1 <> '),
    test: 'functions/auth/tokens.test.ts',
    only: '50 refreshes',
  },
  {
    id: 'B5',
    what: 'an unknown email costs no hash',
    edits: one(
      'functions/auth/hashing.ts',
      'const known = phc === undefined ? nobody : parse(phc)',
      'if (phc === undefined) return { isRight: false, isOutdated: false }\n    const known = parse(phc)',
    ),
    test: 'functions/auth/timing.test.ts',
  },
  {
    id: 'B6',
    what: 'guesses at an account are counted for each address alone',
    edits: one('functions/auth/guesses.ts', 'account: { limit: 10,', 'account: { limit: 10_000,'),
    test: 'functions/auth/guesses.test.ts',
    only: 'cost at most 60 hashes',
  },
  {
    id: 'B7',
    what: 'the first answer to a key is not looked for',
    edits: one('shared/data/idempotency.ts', 'if (known) {', 'if (known && key === "") {'),
    test: 'functions/cart/races.test.ts',
    only: '1,000 concurrent adds, each sent',
  },
  {
    id: 'B8',
    what: '`If-Match` allows anything',
    edits: one(
      'functions/product/rules.ts',
      'return ifMatch === undefined ||',
      'return ifMatch !== etag ||',
    ),
    test: 'prove/stock.test.ts',
  },
  {
    id: 'B9',
    what: 'no constraint keeps a user to one review',
    edits: [
      ...one(
        'functions/review/schema/0001-reviews.sql',
        'unique (product_id, user_id)',
        'unique (product_id, user_id, id)',
      ),
      ...one(
        'functions/review/queries/reviews.ts',
        'on conflict (product_id, user_id) do',
        'on conflict (product_id, user_id, id) do',
      ),
    ],
    test: 'functions/review/create-review.test.ts',
    only: 'of 200 at once',
  },
  {
    id: 'B10',
    what: 'an event that came before is applied again',
    edits: one('shared/data/outbox.ts', 'if (isNew) await work()', 'await work()'),
    test: 'functions/review/rating-crash.test.ts',
    only: 'creates, changes',
  },
  {
    id: 'B11',
    what: 'a stored answer is used whatever changed since',
    edits: [
      ...one('shared/data/responses.ts', 'if (kept?.versions === versions) {', 'if (kept) {'),
      ...one('shared/data/responses.ts', 'if (versions === kept.versions) {', 'if (kept.tags) {'),
    ],
    test: 'prove/stale-reads.test.ts',
    only: 'Redis up',
  },
  {
    id: 'B12',
    what: 'whoever asks for a cold key makes it',
    edits: one(
      'shared/data/responses.ts',
      'let flight = flights.get(id)',
      'let flight = flights.get(id + Math.random())',
    ),
    test: 'shared/data/cache.test.ts',
  },
  {
    id: 'B13',
    what: 'PostgreSQL acknowledges before it has written',
    edits: one(
      'prove/lab/postgres.ts',
      "'fsync=off',",
      "'fsync=off', 'synchronous_commit=off', 'wal_writer_delay=10s',",
    ),
    test: 'prove/postgres-killed.test.ts',
    only: 'postmaster',
  },
  {
    id: 'B14',
    what: 'nobody stops waiting for PostgreSQL',
    edits: one(
      'shared/data/pool.ts',
      'idleInTransaction: 5000, query: 2500',
      'idleInTransaction: 5000, query: 25_000',
    ),
    test: 'prove/postgres-killed.test.ts',
    only: 'frozen',
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
    edits: one('functions/cart/products.ts', 'timeoutMs: ', 'timeoutMs: 10 * '),
    test: 'functions/cart/faults.test.ts',
    only: 'five seconds slow',
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
    id: 'B24',
    what: 'a whole number is matched by groups within groups',
    edits: one('shared/http/page.ts', '.regex(/^-?\\d{1,10}$/', '.regex(/^-?(\\d+)+$/'),
    test: 'shared/checks/patterns.test.ts',
  },
  {
    id: 'B28',
    what: 'a refusal is logged with its cookies',
    edits: one(
      'shared/http/respond.ts',
      "log.info('refused', { code: failure.code,",
      "log.info('refused', { said: [...request.cookies.values()].join(), code: failure.code,",
    ),
    test: 'functions/canary.test.ts',
  },
  {
    id: 'B29',
    what: 'nobody waits for who migrates already',
    edits: one(
      'shared/data/migrate.ts',
      'select pg_advisory_xact_lock(hashtext($1))',
      'select hashtext($1)',
    ),
    test: 'shared/data/migrate.test.ts',
    only: 'ten at once',
  },
  {
    id: 'B31',
    what: 'a version is left open',
    edits: one('package.json', '"pg": "', '"pg": "^'),
    test: 'shared/checks/supply-chain.test.ts',
  },
  {
    id: 'B32',
    what: 'one container may write to its root',
    edits: one('docker-compose.yml', 'read_only: true', 'read_only: false'),
    test: 'gateway/containers.test.ts',
  },
]
