import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { give, type Home } from './embedded-binaries.ts'

const passwordFile = 'souk-password'

/** Makes the data folder, all of it or nothing: a start that is cut off leaves only a draft. */
export function initialise({ initdb, data, owner }: Home): void {
  const draft = `${data}.${process.pid}`
  const secret = `${draft}.password`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  give(draft, owner)
  const password = randomBytes(24).toString('base64url')
  writeFileSync(secret, password, { mode: 0o600 })
  give(secret, owner)
  try {
    const flags = ['--username=souk', `--pwfile=${secret}`, '--auth=scram-sha-256', '--no-sync']
    // The built-in provider sorts alike on every platform; libc's would not.
    const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8']
    const args = ['-D', draft, ...flags, ...locale, '--no-instructions']
    execFileSync(initdb, args, { ...owner, cwd: draft, stdio: 'pipe' })
    renameSync(secret, join(draft, passwordFile))
    renameSync(draft, data)
  } catch (error) {
    // Another process may have been faster; its folder is as good.
    if (!existsSync(join(data, 'PG_VERSION'))) throw error
  } finally {
    for (const path of [draft, secret]) rmSync(path, { recursive: true, force: true })
  }
}

export function passwordOf({ data }: Home): string {
  return readFileSync(join(data, passwordFile), 'utf8')
}
