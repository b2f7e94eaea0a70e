import { type Breakage, one } from './breakage.ts'

/** Secrets, releases, time and what is installed: B28 and beyond. */
export const house: Breakage[] = [
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
    id: 'B30',
    what: 'each answer leaves a file open',
    edits: one(
      'shared/runtime/host.ts',
      "server.on('request', listeners.request)",
      "server.on('request', listeners.request)\n  server.on('request', () => process.getBuiltinModule('node:fs').openSync('/dev/null'))",
    ),
    test: 'prove/soak.test.ts',
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
  {
    id: 'B35',
    what: 'no index is ordered by price',
    edits: one(
      'functions/product/schema/0001-catalogue.sql',
      'create index product_price on product (price, id);\ncreate index product_price_down on product (price desc, id);',
      '',
    ),
    test: 'prove/buffers.test.ts',
    only: 'by price',
  },
]
