import { type Breakage, one } from './breakage.ts'

/** What is counted and what is read: B7 to B12. */
export const counts: Breakage[] = [
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
]
