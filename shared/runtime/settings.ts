import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { fields, olderNames, perService } from './settings-fields.ts'
import { type TrustedProxies, trusted } from './trusted-proxies.ts'

export type { TrustedProxies } from './trusted-proxies.ts'

type Environment = Record<string, string | undefined>
type Parsed = z.output<z.ZodObject<ReturnType<typeof fields>>>

export type Settings = {
  secretKey: string
  debug: boolean
  /** Whether every good answer is held against its contract before it is sent. */
  checkReplies: boolean
  logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'
  allowedHosts: string[]
  allowedOrigins: string[]
  superuser: { name: string; email: string; password: string } | undefined
  port: number | undefined
  workers: number
  redis: { url: string; cluster: boolean } | undefined
  /** Seconds for which a shared cache may keep a public answer; 0: it asks each time. */
  sharedCacheSeconds: number
  /** Where caches in front take PURGE. */
  purgeUrls: string[]
  postgres: { poolMax: number; named: boolean; limits: boolean }
  discovery: 'consul' | 'dns' | 'none'
  consul: { address: string; token: string | undefined } | undefined
  trustedProxies: TrustedProxies
  /**
   * URL of a service's database: `DATABASE_URL_<SERVICE>`, else `DB_CONNECTION_STRING`, else
   * `POSTGRES_*`.
   * @throws SettingsError when none is set
   */
  databaseUrl(service: string): string
  /** URL of its read replica, `DATABASE_URL_<SERVICE>_RO`, where it has one. */
  replicaUrl(service: string): string | undefined
  /** Base URLs of a service's instances for DISCOVERY=none; `SERVICE_<SERVICE>_URL` or this machine. */
  serviceUrls(service: string): string[]
}

type Problem = { name: string; problem: string; meaning: string }

const localPorts: Record<string, number> = { auth: 8001, product: 8002, cart: 8003, review: 8004 }

let current: Settings | undefined

/**
 * The configuration of this process, parsed from its environment on the first call.
 * @throws SettingsError naming every variable that is missing or bad
 */
export function settings(): Settings {
  current ??= parseSettings(process.env)
  return current
}

/** Makes settings from an environment. A variable `X` may also come as the file named by `X_FILE`. */
export function parseSettings(env: Environment): Settings {
  const schema = z.object(fields())
  const problems: Problem[] = []
  const known = [...Object.keys(schema.shape), ...serviceNames(env)]
  const given = collect(env, known, problems)
  const result = schema.safeParse(given)
  for (const { path, code, message } of result.error?.issues ?? []) {
    const name = String(path[0])
    if (problems.some((it) => it.name === name)) continue
    const problem = code === 'invalid_type' && !(name in given) ? 'is missing' : message
    problems.push({ name, problem, meaning: meaningOf(name) })
  }
  for (const { pattern, schema } of Object.values(perService)) {
    for (const name of Object.keys(given).filter((it) => pattern.test(it))) {
      const issue = schema.safeParse(given[name]).error?.issues[0]
      if (issue) problems.push({ name, problem: issue.message, meaning: meaningOf(name) })
    }
  }
  if (result.success) problems.push(...together(result.data, env))
  if (!result.success || problems.length) throw new SettingsError(problems)
  return shape(result.data, given, env)
}

/** The two settings that logging needs, also while the others are bad; never throws. */
export function logSettings(env: Environment): Pick<Settings, 'debug' | 'logLevel'> {
  const { DEBUG, LOGGING_LVL } = fields()
  const given = collect(env, ['DEBUG', 'LOGGING_LVL'], [])
  return {
    debug: DEBUG.safeParse(given.DEBUG).data ?? false,
    logLevel: LOGGING_LVL.safeParse(given.LOGGING_LVL).data ?? 'INFO',
  }
}

/** `cart-items` → `CART_ITEMS`, the form of a service's name inside a variable's. */
function upper(service: string) {
  return service.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}

function serviceNames(env: Environment) {
  const patterns = Object.values(perService).map((it) => it.pattern)
  return Object.keys(env)
    .map((name) => name.replace(/_FILE$/, ''))
    .filter((name) => patterns.some((it) => it.test(name)))
}

function meaningOf(name: string) {
  const all: Record<string, z.ZodType> = fields()
  const schema = all[name] ?? Object.values(perService).find((it) => it.pattern.test(name))?.schema
  return schema?.description ?? ''
}

/** Values by plain name. Empty counts as unset: env files list variables without values. */
export function collect(env: Environment, names: string[], problems: Problem[]) {
  const given: Record<string, string> = {}
  for (const name of new Set(names)) {
    for (const source of [name, olderNames[name]]) {
      if (!source || name in given) continue
      const file = env[`${source}_FILE`]
      const value = env[source]?.trim()
      if (value && file) {
        problems.push({
          name,
          problem: `comes twice, also as ${source}_FILE`,
          meaning: meaningOf(name),
        })
      }
      if (value) given[name] = value
      else if (file) {
        const content = read(file)
        if (content) given[name] = content
        else {
          const problem = `${source}_FILE names a file that cannot be read or is empty`
          problems.push({ name, problem, meaning: meaningOf(name) })
        }
      }
    }
  }
  return given
}

function read(file: string) {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** What no single variable can tell. */
function together(data: Parsed, env: Environment) {
  const problems: Problem[] = []
  const add = (name: string, problem: string) =>
    problems.push({ name, problem, meaning: meaningOf(name) })
  if (data.DEBUG && env.NODE_ENV === 'production' && !data.DEBUG_ANYWAY) {
    add('DEBUG', 'must not be true in production (DEBUG_ANYWAY=true overrules)')
  }
  if (data.SU_EMAIL && !data.SU_PASSWORD) add('SU_PASSWORD', 'is missing beside SU_EMAIL')
  if (data.SU_PASSWORD && !data.SU_EMAIL) add('SU_EMAIL', 'is missing beside SU_PASSWORD')
  if (data.DISCOVERY === 'consul' && !data.CONSUL_HTTP_ADDR) {
    add('CONSUL_HTTP_ADDR', 'is missing beside DISCOVERY=consul')
  }
  return problems
}

function shape(data: Parsed, given: Record<string, string>, env: Environment): Settings {
  const { SU_EMAIL: email, SU_PASSWORD: password } = data
  return {
    secretKey: data.SECRET_KEY,
    debug: data.DEBUG,
    checkReplies: data.CHECK_REPLIES || data.DEBUG,
    logLevel: data.LOGGING_LVL,
    allowedHosts: data.ALLOWED_HOSTS,
    allowedOrigins: data.ALLOWED_ORIGINS,
    superuser: email && password ? { name: data.SU_NAME ?? 'admin', email, password } : undefined,
    port: data.PORT,
    workers: data.WORKERS,
    redis: data.REDIS_URL ? { url: data.REDIS_URL, cluster: data.REDIS_CLUSTER } : undefined,
    sharedCacheSeconds: data.SHARED_CACHE_SECONDS,
    purgeUrls: data.PURGE_URL,
    postgres: {
      poolMax: data.PG_POOL_MAX ?? Math.min(10, callsAtOnce(env)),
      named: data.PG_NAMED,
      limits: data.PG_LIMITS,
    },
    discovery: data.DISCOVERY ?? (data.CONSUL_HTTP_ADDR ? 'consul' : 'none'),
    consul: data.CONSUL_HTTP_ADDR
      ? { address: data.CONSUL_HTTP_ADDR, token: data.CONSUL_HTTP_TOKEN }
      : undefined,
    trustedProxies: trusted(data.TRUSTED_PROXIES),
    databaseUrl: (service) => databaseUrl(data, given, service),
    replicaUrl: (service) => given[`DATABASE_URL_${upper(service)}_RO`],
    serviceUrls: (service) =>
      given[`SERVICE_${upper(service)}_URL`]?.split(/[\s,]+/).filter(Boolean) ??
      (localPorts[service] ? [`http://127.0.0.1:${localPorts[service]}`] : []),
  }
}

/** A Lambda environment has one call at a time, unless its capacity provider gives it more. */
function callsAtOnce(env: Environment) {
  if (!env.AWS_LAMBDA_FUNCTION_NAME) return Number.POSITIVE_INFINITY
  return Number(env.AWS_LAMBDA_MAX_CONCURRENCY) || 1
}

function databaseUrl(data: Parsed, given: Record<string, string>, service: string) {
  const name = `DATABASE_URL_${upper(service)}`
  const own = given[name] ?? data.DB_CONNECTION_STRING
  if (own) return own
  const { POSTGRES_USER: user, POSTGRES_HOST: host } = data
  if (!user && !host) {
    const problem = 'is missing, and so are DB_CONNECTION_STRING and POSTGRES_*'
    throw new SettingsError([{ name, problem, meaning: meaningOf(name) }])
  }
  const url = new URL(`postgres://${host ?? 'localhost'}:${data.POSTGRES_PORT ?? 5432}`)
  url.username = encodeURIComponent(user ?? 'postgres')
  url.password = encodeURIComponent(data.POSTGRES_PASSWORD ?? '')
  url.pathname = encodeURIComponent(data.POSTGRES_DB ?? service)
  return url.href
}

/** Configuration that cannot be used; the message names all variables, never a value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: Problem[]
  constructor(problems: Problem[]) {
    const lines = problems.map((it) => `  ${it.name} ${it.problem}. Meaning: ${it.meaning}.`)
    super(`These settings are missing or bad:\n${lines.join('\n')}`)
    this.problems = problems
  }
}
