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
    what: '10,000 guesses at one account from 200 addresses; a flood of sign-ins',
    bar: 'at most 60 hashes; the owner gets in within 15 min; others are served',
    files: ['functions/auth/guesses.test.ts', 'functions/auth/guesses-redis.test.ts'],
  },
  {
    id: 'B7',
    what: '1,000 adds to one cart at once at two processes, each sent 4 times',
    bar: 'sum exact, every key counts once',
    files: ['functions/cart/races.test.ts'],
  },
  {
    id: 'B10',
    what: '5,000 changes of reviews by 20 workers; B33: relay and consumer killed 200 times',
    bar: 'aggregates equal in both databases, every event applied once',
    files: ['functions/review/rating-crash.test.ts', 'functions/review/rating-delivery.test.ts'],
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
    id: 'B20',
    what: 'SIGTERM with 100 calls in flight; crash; reload under load',
    bar: '100 complete, exit 0; no call lost by a reload',
    files: ['shared/runtime/host-process.test.ts'],
  },
  {
    id: 'B25',
    what: 'Hostile identifiers, filters and orderings',
    bar: 'refused or taken as text, 0 answers of 5xx',
    files: ['functions/cart/corpus.test.ts', 'functions/product/list-products.test.ts'],
  },
  {
    id: 'B28',
    what: 'Secrets planted everywhere, then looked for in logs, answers, dumps',
    bar: '0 found',
    files: ['functions/canary.test.ts'],
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
]
