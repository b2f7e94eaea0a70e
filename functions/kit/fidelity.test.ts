import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')

test('npm run fidelity: a table whose first host, ours, is whole', () => {
  const shell = process.platform === 'win32'
  const run = spawnSync('npm', ['run', '--silent', 'fidelity'], { cwd: root, shell })
  const table = run.stdout.toString()
  assert.equal(run.status, 0, `${table}${run.stderr}`)
  assert.match(table, /^\| host \| events \| results \| score \|$/m)
  const [, events, all, good, of] =
    /^\| souk \| (\d+) of (\d+) \| (\d+) of (\d+) \| 100 % \|$/m.exec(table) ?? []
  assert.equal(events, all, table)
  assert.equal(good, of, table)
  assert.ok(Number(all) > 50 && Number(of) > 30, table)
})
