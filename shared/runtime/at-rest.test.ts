import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const module = join(import.meta.dirname, 'at-rest.ts')

/** Works until 60 MB have been kept for a while, then rests; tells the size of its heap at every look. */
const script = `
  const { collectAtRest } = await import(${JSON.stringify(module)})
  let kept = []
  const until = performance.now() + 700
  while (performance.now() < until) if (kept.push(new Array(1000).fill(kept.length)) > 7500) kept = []
  kept = undefined
  collectAtRest(() => false)
  setInterval(() => console.log(process.memoryUsage().heapTotal), 100)
`

test('a process that rests gives back what its work has left behind', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const deadline = setTimeout(() => child.kill(), 30_000)
  const sizes: number[] = []
  for await (const text of child.stdout) {
    sizes.push(...String(text).trim().split('\n').map(Number))
    if ((sizes.at(-1) ?? 0) < 12_000_000) break
  }
  clearTimeout(deadline)
  child.kill()
  assert.ok((sizes[0] ?? 0) > 30_000_000, `at first ${sizes[0]}`)
  assert.ok((sizes.at(-1) ?? 0) < 12_000_000, `at last ${sizes.at(-1)}`)
})
