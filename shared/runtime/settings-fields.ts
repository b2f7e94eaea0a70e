import { isIP } from 'node:net'
import * as z from 'zod'

const wellKnown = [
  'default-secret-key',
  'changeme',
  'change-me',
  'change_me',
  'django-insecure',
  'insecure',
  'secret-key',
  'secretkey',
  'your-secret',
  'example',
  'placeholder',
  'password',
  '0123456789',
  'abcdefghij',
]

const list = z.string().transform((text) => text.split(/[\s,]+/).filter(Boolean))

const flag = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(['true', 'false'], 'must be true or false'))
  .transform((text) => text === 'true')

/** A whole number in the given range, both ends included. */
function whole(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((number) => number >= min && number <= max, message)
}

function url(...protocols: string[]) {
  return z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that starts with ${protocols.map((it) => `${it}//`).join(' or ')}`,
    )
}

const secretKey = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= 32, 'must be 32 bytes or longer')
  .refine((text) => new Set(text).size >= 8, 'must not repeat a few characters')
  .refine(
    (text) => !wellKnown.some((it) => text.toLowerCase().startsWith(it)),
    'must not start like a well-known value',
  )

const levels = {
  DEBUG: 'DEBUG',
  INFO: 'INFO',
  WARN: 'WARN',
  WARNING: 'WARN',
  ERROR: 'ERROR',
} as const

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

const origin = (text: string) => URL.canParse(text) && new URL(text).origin === text

const range = (text: string) => {
  const [address, bits, ...rest] = text.split('/')
  const version = isIP(address ?? '')
  if (!version || rest.length) return false
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  )
}

/** Every variable: how it is read, and in its description what it means (shown when it is bad). */
export const fields = () => ({
  SECRET_KEY: secretKey.describe(
    '32 bytes or more; seals signing keys, service tokens, guest cookies. npm run keys -- secret makes one',
  ),
  DEBUG: flag.default(false).describe('true: error answers carry the stack, logs are pretty'),
  CHECK_REPLIES: flag
    .default(false)
    .describe('true: every good answer is held against its contract, as tests do; DEBUG does too'),
  DEBUG_ANYWAY: flag
    .default(false)
    .describe('true: lets DEBUG=true through under NODE_ENV=production'),
  ALLOWED_HOSTS: list
    .default(['localhost', '0.0.0.0', '127.0.0.1'])
    .describe('host names answered, space-separated'),
  ALLOWED_ORIGINS: list
    .refine(
      (all) => all.every(origin),
      'each must be an origin: scheme://host[:port], nothing more',
    )
    .default([])
    .describe('origins that browsers may call from, space-separated'),
  LOGGING_LVL: z
    .string()
    .transform((text) => text.toUpperCase())
    .pipe(
      z.enum(['DEBUG', 'INFO', 'WARN', 'WARNING', 'ERROR'], 'must be DEBUG, INFO, WARN or ERROR'),
    )
    .transform((text) => levels[text])
    .default('INFO')
    .describe('least severity that is logged: DEBUG, INFO, WARN or ERROR'),
  SU_NAME: z
    .string()
    .regex(/^[\w.@+-]{1,150}$/, 'must be letters, digits and . @ + - _ only')
    .optional()
    .describe('user name of the first superuser'),
  SU_EMAIL: z.email('must be an email address').optional().describe('email of the first superuser'),
  SU_PASSWORD: z
    .string()
    .min(10, 'must be 10 characters or longer')
    .optional()
    .describe('password of the first superuser'),
  POSTGRES_USER: z.string().optional().describe('database user'),
  POSTGRES_PASSWORD: z.string().optional().describe('password of the database user'),
  POSTGRES_DB: z.string().optional().describe('name of the database'),
  POSTGRES_HOST: z.string().optional().describe('host of the database'),
  POSTGRES_PORT: whole(1, 65535).optional().describe('port of the database'),
  DB_CONNECTION_STRING: url('postgres:', 'postgresql:')
    .optional()
    .describe('the database as one URL; wins over POSTGRES_*'),
  PG_POOL_MAX: whole(1, 1000)
    .optional()
    .describe('most connections of one process to its database'),
  PG_NAMED: flag
    .default(false)
    .describe('true: named prepared statements; behind PgBouncer only from 1.21 on'),
  PG_LIMITS: flag
    .default(true)
    .describe(
      'false: send no time limits when connecting; for PgBouncer, set them by ALTER ROLE then',
    ),
  REDIS_URL: url('redis:', 'rediss:')
    .optional()
    .describe('the cache; in-process memory when unset'),
  SHARED_CACHE_SECONDS: whole(0, 86_400)
    .default(0)
    .describe('how long a CDN or Varnish in front may keep public answers; a write shows as late'),
  PURGE_URL: list
    .refine(
      (all) => all.every((it) => URL.canParse(it) && /^https?:/.test(it)),
      'must be http:// or https:// URLs',
    )
    .default([])
    .describe('caches in front that are told by PURGE what a write has changed, space-separated'),
  REDIS_CLUSTER: flag.default(false).describe('true: REDIS_URL names a node of a Redis Cluster'),
  DISCOVERY: z
    .enum(['consul', 'dns', 'none'], 'must be consul, dns or none')
    .optional()
    .describe('how services find each other'),
  CONSUL_HTTP_ADDR: z.string().optional().describe('Consul, host:port or URL'),
  CONSUL_HTTP_TOKEN: z.string().optional().describe('ACL token for Consul'),
  TRUSTED_PROXIES: list
    .refine(
      (all) =>
        (all.length === 1 && /^\d{1,2}$/.test(all[0] ?? '')) ||
        all.every((it) => ['loopback', 'private', 'none'].includes(it) || range(it)),
      'must be a number of hops, or addresses, CIDR ranges, loopback, private, none',
    )
    .default(['loopback'])
    .describe('whose X-Forwarded-* headers are believed'),
  PORT: whole(0, 65535).optional().describe('port to listen on'),
  WORKERS: whole(1, 256).default(1).describe('processes per service'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:')
    .optional()
    .describe('where traces are sent (OpenTelemetry, OTLP over HTTP)'),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .regex(/^[\w-]+=[^,]+(,[\w-]+=[^,]+)*$/, 'must be name=value pairs, comma-separated')
    .optional()
    .describe('headers for that endpoint, such as its key: name=value, comma-separated'),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers, `must be one of ${samplers.join(', ')}`)
    .default('parentbased_always_on')
    .describe('which traces are taken, by the names that OpenTelemetry gives'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .transform(Number)
    .refine((share) => share >= 0 && share <= 1, 'must be a number from 0 to 1')
    .default(1)
    .describe('share of traces that the ratio samplers take, 0 to 1'),
})

/** Names from older set-ups; the plain name wins. */
export const olderNames: Record<string, string> = {
  SECRET_KEY: 'DJ_SECRET_KEY',
  DEBUG: 'DJ_DEBUG',
  ALLOWED_HOSTS: 'DJ_ALLOWED_HOSTS',
  SU_NAME: 'DJ_SU_NAME',
  SU_EMAIL: 'DJ_SU_EMAIL',
  SU_PASSWORD: 'DJ_SU_PASSWORD',
}

/** Variables with a service in their name: `DATABASE_URL_CART`, `DATABASE_URL_CART_RO`, `SERVICE_CART_URL`. */
export const perService = {
  database: {
    pattern: /^DATABASE_URL_[A-Z0-9_]+$/,
    schema: url('postgres:', 'postgresql:').describe(
      'the database of one service (_RO: its replica)',
    ),
  },
  address: {
    pattern: /^SERVICE_[A-Z0-9_]+_URL$/,
    schema: list
      .refine(
        (all) => all.length > 0 && all.every((it) => URL.canParse(it) && /^https?:/.test(it)),
        'must be http:// or https:// URLs, comma-separated',
      )
      .describe('instances of one service: for DISCOVERY=none, and until Consul has told'),
  },
}
