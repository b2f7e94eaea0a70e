import { type Breakage, one } from './breakage.ts'

/** What comes in at the doors, and in browsers: B21 to B27. */
export const doors: Breakage[] = [
  {
    id: 'B21',
    what: 'a body may take as long as it likes',
    edits: [
      ...one('shared/runtime/body.ts', 'const BODY_MS = 10_000', 'const BODY_MS = 1_000_000'),
      ...one(
        'shared/runtime/host.ts',
        'requestTimeout: state.limits.requestMs',
        'requestTimeout: 0',
      ),
    ],
    test: 'prove/slow-clients.test.ts',
    only: 'direct, .* slow in body',
  },
  {
    id: 'B22',
    what: 'a body that does not say its length may be of any',
    edits: one('shared/runtime/body.ts', 'if (size <= limit) {', 'if (announced === undefined) {'),
    test: 'prove/bodies.test.ts',
    only: 'direct: a body of',
  },
  {
    id: 'B23',
    what: 'the gateway reads what it should refuse, and passes on how the client framed its body',
    edits: [
      ...one(
        'gateway/gateway.ts',
        'requireHostHeader: true,',
        'requireHostHeader: true, insecureHTTPParser: true,',
      ),
      ...one(
        'gateway/proxy.ts',
        "'transfer-encoding',\n  'upgrade',\n  'x-deadline-ms',",
        "'upgrade',\n  'x-deadline-ms',",
      ),
    ],
    test: 'prove/raw-requests.test.ts',
    only: 'doubtful requests through the gateway',
  },
  {
    id: 'B24',
    what: 'a whole number is matched by groups within groups',
    edits: one('shared/http/page.ts', '.regex(/^-?\\d{1,10}$/', '.regex(/^-?(\\d+)+$/'),
    test: 'shared/checks/patterns.test.ts',
  },
  {
    id: 'B25',
    what: 'an ordering may be any text, and is put into the statement',
    edits: [
      ...one(
        'functions/product/list-query.ts',
        '.enum(orderings.flatMap((key) => [key, `-$' + '{key}`]))\n',
        '.string()\n',
      ),
      ...one(
        'functions/product/queries/list.ts',
        'return Object.hasOwn(keys, by)',
        "return by !== ''",
      ),
    ],
    test: 'functions/product/list-products.test.ts',
    only: 'does not fit is refused',
  },
  {
    id: 'B26',
    what: 'a description is markup',
    edits: one(
      'web/src/views/product.ts',
      `<p class="description">\${product.description}</p>`,
      `<p class="description" .innerHTML=\${product.description}></p>`,
    ),
    test: 'web/xss.test.ts',
    only: 'names are text in lists',
  },
  {
    id: 'B27',
    what: 'every origin is allowed once one is',
    edits: one(
      'shared/http/cors.ts',
      'if (origin === undefined || !allowed.includes(origin)) return',
      'if (origin === undefined) return',
    ),
    test: 'web/cross-site.test.ts',
    only: 'a page of a stranger changes nothing',
  },
]
