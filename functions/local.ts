import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres } from '../shared/data/embedded.ts'
import type { Service } from '../shared/http/service.ts'
import { parseSettings, SettingsError } from '../shared/runtime/settings.ts'

/** Where the embedded mode keeps what it makes: database, secret, sign-ins. */
export const HOME = process.env.SOUK_HOME ?? join(import.meta.dirname, '../.souk')

export type SignIn = { email: string; password: string }
export type SignIns = { superuser: SignIn; shopper: SignIn }

export type Local = {
  /** Variables that a service needs to run here, beside this process's own. */
  environment: Record<string, string>
  signIns: SignIns
  stop: () => Promise<void>
}

type Running = { pid: number; environment: Record<string, string> }

/**
 * Makes this machine able to run the services: a secret, sign-ins, and a database each, embedded
 * unless the environment names another. `ports` tells where each service will listen.
 */
export async function openLocal(
  services: readonly Pick<Service, 'name' | 'port'>[],
  ports: ReadonlyMap<string, number>,
  tell: (message: string) => void,
): Promise<Local> {
  mkdirSync(HOME, { recursive: true })
  const signIns = readSignIns()
  const environment: Record<string, string> = {
    SECRET_KEY: process.env.SECRET_KEY ?? process.env.DJ_SECRET_KEY ?? kept('secret', makeSecret),
    SU_NAME: process.env.SU_NAME ?? 'admin',
    SU_EMAIL: signIns.superuser.email,
    SU_PASSWORD: signIns.superuser.password,
  }
  for (const { name, port } of services)
    environment[`SERVICE_${name.toUpperCase()}_URL`] = `http://127.0.0.1:${ports.get(name) ?? port}`
  const homeless = services.filter((it) => !hasDatabase(it.name, environment))
  let stop = async () => {}
  if (homeless.length > 0) {
    const postgres = await startPostgres({ directory: join(HOME, 'postgres'), log: tell })
    for (const { name } of homeless) {
      await postgres.createDatabase(name)
      environment[`DATABASE_URL_${name.toUpperCase()}`] = postgres.url(name)
    }
    // Halves the database's work for small queries; nothing is between us and this one.
    environment.PG_NAMED = process.env.PG_NAMED ?? 'true'
    stop = () => postgres.stop()
  }
  return { environment, signIns, stop }
}

/** Tells other commands of this checkout what runs, while it runs. */
export function announce(environment: Record<string, string>): () => void {
  const file = join(HOME, 'running.json')
  const running: Running = { pid: process.pid, environment }
  writeFileSync(file, JSON.stringify(running), { mode: 0o600 })
  return () => rmSync(file, { force: true })
}

/** The environment of the system that runs in this checkout, if one does. */
export function runningEnvironment(): Record<string, string> | undefined {
  const file = join(HOME, 'running.json')
  if (!existsSync(file)) return undefined
  const { pid, environment }: Running = JSON.parse(readFileSync(file, 'utf8'))
  try {
    process.kill(pid, 0)
    return environment
  } catch {
    return undefined
  }
}

function hasDatabase(service: string, environment: Record<string, string>): boolean {
  try {
    parseSettings({ ...process.env, ...environment }).databaseUrl(service)
    return true
  } catch (error) {
    if (error instanceof SettingsError) return false
    throw error
  }
}

function readSignIns(): SignIns {
  const made = () => ({
    superuser: { email: 'admin@example.com', password: makePassword() },
    shopper: { email: 'ada@example.com', password: makePassword() },
  })
  const signIns: SignIns = JSON.parse(kept('demo.json', () => JSON.stringify(made(), null, 2)))
  const { SU_EMAIL, SU_PASSWORD } = process.env
  if (SU_EMAIL) signIns.superuser.email = SU_EMAIL
  if (SU_PASSWORD) signIns.superuser.password = SU_PASSWORD
  return signIns
}

/** The content of a file here, made at the first need and readable by its owner alone. */
function kept(name: string, make: () => string): string {
  const file = join(HOME, name)
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 })
  return readFileSync(file, 'utf8').trim()
}

function makeSecret(): string {
  return randomBytes(48).toString('base64url')
}

/** Easy to type from a screen: four groups of letters that cannot be mistaken. */
function makePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const text = [...randomBytes(16)].map((it) => letters[it % letters.length]).join('')
  return text.replace(/(.{4})(?=.)/g, '$1-')
}
