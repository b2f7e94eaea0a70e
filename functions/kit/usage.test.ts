import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--', 'functions/cli.ts', ...args], { cwd: root, encoding: 'utf8' })

const { scripts }: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)
const commands = Object.entries(scripts)
  .filter(([, line]) => line.includes('functions/cli.ts'))
  .map(([name]) => name)

test('a command that there is not: all that there are, each with a script', () => {
  for (const name of [[], ['inovke'], ['toString']]) {
    const { status, stderr } = run(...name)
    assert.equal(status, 2)
    const named = /<(.*)>/.exec(stderr)?.[1]?.split(' | ') ?? []
    assert.deepEqual(named.sort(), commands.sort())
  }
})

for (const name of commands)
  test(`npm run ${name} -- --help says what it does, and does nothing`, () => {
    const { status, stdout, stderr } = run(name, '--help')
    assert.equal(status, 0, stderr)
    assert.match(stdout, new RegExp(`^npm (run (-s )?)?${name}\\b`))
    assert.equal(stderr, '')
  })
