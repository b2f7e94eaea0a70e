import { type Breakage, one } from './breakage.ts'

/** What a call may do, and who may make it: B1 to B6. */
export const calls: Breakage[] = [
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
]
