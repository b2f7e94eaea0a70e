/** One claim about the system, and what shows it. */
export type Proof = {
  id: string
  what: string
  /** What has to hold, with its number. */
  bar: string
  files: string[]
  /** Only tests whose name fits, where a file holds more than this claim. */
  only?: string
  /** So many files at once; one, where the machine must be the test's own. */
  atOnce?: number
}

export const proofs: Proof[] = [
  {
    id: 'B1',
    what: 'Valid, spoilt and hostile calls made from the OpenAPI documents; 10,000 for each operation',
    bar: '0 answers of 5xx, 0 outside the document, 0 invalid taken, 0 valid refused',
    files: ['auth', 'product', 'cart', 'review'].map((it) => `prove/fuzz-${it}.test.ts`),
    atOnce: 2,
  },
  {
    id: 'B1c',
    what: 'Chains of calls with random bodies: make, read, change, delete, use after that; carts against a model',
    bar: 'every answer as the model has it',
    files: ['prove/chains.test.ts'],
  },
  {
    id: 'B2',
    what: 'Who may do what: every operation × 8 kinds of caller',
    bar: 'every cell as in the table, no operation without a row',
    files: ['functions/authorisation.test.ts'],
  },
  {
    id: 'B3',
    what: 'Hostile tokens at every service; keys rotated',
    bar: '0 taken, 0 answers of 5xx',
    files: ['functions/hostile-tokens.test.ts', 'functions/auth/keys.test.ts'],
  },
  {
    id: 'B4',
    what: '200 × 50 refreshes of one token at once; reuse, sign-out',
    bar: '1 successor a round; reuse ends the session',
    files: ['functions/auth/tokens.test.ts'],
  },
  {
    id: 'B5',
    what: '2,000 sign-ins, known and unknown emails in turn',
    bar: 'medians under 2 % apart, AUC 0.5 ± 0.03, bodies equal',
    files: ['functions/auth/timing.test.ts'],
  },
  {
    id: 'B6',
    what: '10,000 guesses at one account from 200 addresses; 200 sign-ins a second to as many accounts',
    bar: 'at most 60 hashes; the owner gets in within 15 min; p99 of others ≤ 2 × (or 25 ms)',
    files: [
      'functions/auth/guesses.test.ts',
      'functions/auth/guesses-redis.test.ts',
      'prove/sign-in-flood.test.ts',
    ],
  },
  {
    id: 'B7',
    what: '1,000 adds to one cart at once at two processes, each sent 4 times',
    bar: 'sum exact, every key counts once',
    files: ['functions/cart/races.test.ts'],
  },
  {
    id: 'B8',
    what: '500 buyers, a stock of 100, each write by If-Match',
    bar: 'exactly 100 taken, each number once, stock 0',
    files: ['prove/stock.test.ts'],
  },
  {
    id: 'B9',
    what: '200 reviews at once by one user; the same key with the same and with another request',
    bar: '1 × 201, 199 × 409, 1 row; a key counts once',
    files: ['functions/review/create-review.test.ts', 'shared/data/idempotency.test.ts'],
  },
  {
    id: 'B10',
    what: '5,000 changes of reviews by 20 workers; B33: relay and consumer killed 200 times',
    bar: 'aggregates equal in both databases, every event applied once',
    files: ['functions/review/rating-crash.test.ts', 'functions/review/rating-delivery.test.ts'],
  },
  {
    id: 'B11',
    what: 'One writer, 50 readers at two processes; Redis up, flapping, frozen',
    bar: '0 reads older than the last answered write, 0 reads failed',
    files: ['prove/stale-reads.test.ts'],
  },
  {
    id: 'B12',
    what: 'A cold key asked for by many at once; garbage, freeze and death of Redis, at the cache itself',
    bar: 'made once in a process; no answer changes',
    files: ['shared/data/cache.test.ts', 'shared/data/cache-redis.test.ts'],
  },
  {
    id: 'B13',
    what: 'Postmaster killed 20 times under writes; B14: frozen for 10 s; B20: a service killed 10 times',
    bar: '0 acknowledged lost, 0 twice, only 503; clean 5 s after; frozen: answers within 3 s, +50 MB, as many done as before 2 s after',
    files: ['prove/postgres-killed.test.ts'],
  },
  {
    id: 'B14',
    what: 'Connections ended, pool full, no server; PostgreSQL a second away from the carts',
    bar: '503 within the limit, the process lives; 0 lost, 0 twice',
    files: [
      'shared/data/postgres-faults.test.ts',
      'shared/data/patience.test.ts',
      'prove/postgres-slow.test.ts',
    ],
  },
  {
    id: 'B15',
    what: 'Redis stopped, frozen, killed 4 times, full of garbage, at 300 reads a second',
    bar: '0 answers of 5xx; p99 ≤ 1.5 × after 1 s (or 25 ms)',
    files: ['prove/redis-faults.test.ts'],
  },
  {
    id: 'B16',
    what: 'The product service away, slow, resetting, talking junk: carts are read on',
    bar: 'every read 200, p99 ≤ 400 ms, at most 1.1 attempts a read',
    files: ['functions/cart/faults.test.ts'],
  },
  {
    id: 'B17',
    what: 'Consul killed, frozen, wiped; services start meanwhile',
    bar: '0 failed calls; the last known addresses serve',
    files: ['discovery/resolver.test.ts', 'discovery/registrar.test.ts'],
  },
  {
    id: 'B18',
    what: 'The auth service away, frozen, resetting, talking junk, ten seconds each',
    bar: '0 bad answers elsewhere to live tokens',
    files: ['prove/auth-down.test.ts'],
  },
  {
    id: 'B19',
    what: 'Four services × 2 processes replaced in 3 rounds through the gateway, 200 requests a second',
    bar: '0 failed, every add stored once',
    files: ['prove/rolling-restart.test.ts'],
  },
  {
    id: 'B20',
    what: 'SIGTERM with 100 calls in flight; crash; reload under load',
    bar: '100 complete, exit 0; no call lost by a reload',
    files: ['shared/runtime/host-process.test.ts'],
  },
  {
    id: 'B21',
    what: '1,000 slow headers, 1,000 slow bodies, 500 slow readers, at a service and at the gateway',
    bar: 'others served on, all cut within 20 s, descriptors back',
    files: ['prove/slow-clients.test.ts'],
  },
  {
    id: 'B22',
    what: 'Bodies too large, too deep, of 10,000 keys, of a number of a million digits, of 1 GB; the corpus of uploads',
    bar: '413 or 400, no answer of 5xx, +100 MB',
    files: [
      'prove/bodies.test.ts',
      'shared/runtime/host-bodies.test.ts',
      'functions/product/picture-refused.test.ts',
    ],
  },
  {
    id: 'B23',
    what: 'Requests as no client sends them, and 20,000 mutations of them, at a service and through the gateway',
    bar: '0 taken apart in two ways, 0 internal paths reached',
    files: ['prove/raw-requests.test.ts'],
  },
  {
    id: 'B24',
    what: 'Every pattern that meets clients, on growing hostile text',
    bar: 'linear time',
    files: ['shared/checks/patterns.test.ts'],
  },
  {
    id: 'B25',
    what: 'Hostile identifiers, filters and orderings',
    bar: 'refused or taken as text, 0 answers of 5xx',
    files: ['functions/cart/corpus.test.ts', 'functions/product/list-products.test.ts'],
  },
  {
    id: 'B26',
    what: 'XSS: hostile names, descriptions and comments in a browser',
    bar: '0 scripts run',
    files: ['web/xss.test.ts'],
  },
  {
    id: 'B27',
    what: 'CSRF and CORS from a second origin in a browser; security headers on every route and status',
    bar: '0 states changed, 0 answers readable',
    files: ['web/cross-site.test.ts', 'web/security-headers.test.ts'],
  },
  {
    id: 'B28',
    what: 'Secrets planted everywhere, then looked for in logs, answers, dumps',
    bar: '0 found',
    files: ['functions/canary.test.ts'],
  },
  {
    id: 'B29',
    what: 'Ten migrate an empty database at once, 20 times; ten processes start on one; the previous release on this release’s schema',
    bar: 'each step once, nobody fails; both answer as their documents say',
    files: [
      'shared/data/migrate.test.ts',
      'prove/start-at-once.test.ts',
      'prove/previous-release.test.ts',
    ],
  },
  {
    id: 'B30',
    what: 'Soak with faults of everything at random (3 minutes in a whole run, 20 by itself)',
    bar: 'nothing lost, nothing twice; memory and descriptors flat',
    files: ['prove/soak.test.ts'],
  },
  {
    id: 'B31',
    what: 'Exact versions, digests, install scripts and licences by name, SBOM, at most 25 dependencies',
    bar: '0 exceptions',
    files: ['shared/checks/supply-chain.test.ts'],
  },
  {
    id: 'B32',
    what: 'Rules for compose, Traefik, Dockerfile, Swarm, Kubernetes, AWS',
    bar: '0 violations',
    files: [
      'gateway/containers.test.ts',
      'gateway/traefik.test.ts',
      'shared/derive/traefik.test.ts',
      'shared/derive/swarm.test.ts',
      'shared/derive/kubernetes.test.ts',
      'shared/derive/aws.test.ts',
    ],
  },
  {
    id: 'B35',
    what: 'What PostgreSQL reads for an answer, of 1,000 products and of 100,000',
    bar: 'the same bound for both',
    files: ['prove/buffers.test.ts'],
  },
]
