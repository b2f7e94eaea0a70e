import assert from 'node:assert/strict'
import { test } from 'node:test'
import { services } from '../../functions/catalog.ts'
import { isForTests, isTest, type Source, sources } from './sources.ts'

const all = sources()

/** Every place where a source line fits the pattern, comments left out. */
function places(files: readonly Source[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, at) => {
      const code = line.replace(/^\s*(\*|\/\/|\/\*).*$|\s\/\/ .*$/, '')
      return pattern.test(code) ? [`${path}:${at + 1}: ${line.trim()}`] : []
    }),
  )
}

test('files have room on a screen or two', () => {
  const limitOf = (path: string) => (isTest(path) ? 450 : 250)
  // Vectors are a list of facts, not a thing to follow.
  const long = all
    .filter((it) => !it.path.includes('.vectors.'))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > limitOf(path))
  assert.deepEqual(long, [])
})

test('an endpoint is at most 60 lines of code', () => {
  const long = services.flatMap((service) =>
    Object.values(service.endpoints).flatMap(({ contract }) => {
      const path = `functions/${service.name}/${contract.name}.ts`
      const lines = codeLines(all.find((it) => it.path === path)?.text ?? '')
      return lines > 60 ? [`${path}: ${lines}`] : []
    }),
  )
  assert.deepEqual(long, [])
})

/** Lines that are neither empty, nor a comment, nor an import. */
function codeLines(text: string): number {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^import [\s\S]*?from '.*'$/gm, '')
  return bare.split('\n').filter((line) => /\S/.test(line) && !/^\s*\/\//.test(line)).length
}

test('names are in kebab case', () => {
  const odd = all.filter(({ path }) => !/^([a-z0-9-]+\/)+[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(path))
  assert.deepEqual(
    odd.map((it) => it.path),
    [],
  )
})

test('exports have names', () => {
  const files = all.filter((it) => !/\.config\./.test(it.path))
  assert.deepEqual(places(files, /^export default\b/), [])
})

test('zod is imported whole, so that bundles leave out what is not used', () => {
  assert.deepEqual(places(all, /^import (?!(type )?\* as z\b).*from 'zod(\/.*)?'/), [])
})

test('one file alone knows lambda-api, one jsonwebtoken', () => {
  // What rivals do in the benchmark is their own.
  const knows = (name: string) =>
    places(
      all.filter((it) => !isTest(it.path) && !it.path.startsWith('bench/peers/')),
      new RegExp(`from '${name}'|(import|require)\\('${name}'\\)`),
    ).map((it) => it.split(':')[0])
  assert.deepEqual(knows('lambda-api'), ['shared/http/serve.ts'])
  assert.deepEqual(knows('jsonwebtoken'), ['shared/http/tokens.ts'])
})

test('the environment is read in one place, and where a process starts', () => {
  const handlers = all.filter(
    (it) =>
      /^functions\/(?!(kit|dev)\/)[\w-]+\/|^shared\/(http|data)\//.test(it.path) &&
      !isForTests(it.path),
  )
  // The size of libuv's pool is Node's own setting.
  assert.deepEqual(places(handlers, /\bprocess\.env\b(?!\.UV_THREADPOOL_SIZE)/), [])
})

test('nothing is left to do, to skip, or to any', () => {
  const marks = new RegExp(['TO', 'DO|FIX', 'ME|XX', 'X'].join(''))
  const noted = all.flatMap(({ path, text }) => (marks.test(text) ? [path] : []))
  assert.deepEqual(noted, [])
  const silenced = all.filter(
    ({ path, text }) => !isTest(path) && /@ts-(ignore|nocheck|expect-error)\b/.test(text),
  )
  assert.deepEqual(
    silenced.map((it) => it.path),
    [],
  )
  assert.deepEqual(
    places(
      all.filter((it) => isTest(it.path)),
      /\b(test|it|describe)\.(skip|only|todo)\b/,
    ),
    [],
  )
})

test('no test sleeps', () => {
  const tests = all.filter((it) => isTest(it.path))
  assert.deepEqual(places(tests, /\bawait (sleep|pause|delay|setTimeout)\(/), [])
})
