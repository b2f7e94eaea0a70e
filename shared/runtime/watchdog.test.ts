import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const file = fileURLToPath(new URL('./watchdog.ts', import.meta.url))

/** Runs this after the watchdog has been set to 500 ms; how the process ended, and what it said. */
async function run(code: string) {
  const script = `import { watchdog } from ${JSON.stringify(file)}\nwatchdog(500)\n${code}`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script])
  let said = ''
  child.stderr.on('data', (text: Buffer) => {
    said += text
  })
  const [exitCode, signal] = await once(child, 'close')
  return { exitCode, signal, said }
}

test('a process whose event loop stands is killed, and says so', async () => {
  const { signal, said } = await run('setTimeout(() => { for (;;) {} }, 100)')
  assert.equal(signal, 'SIGKILL')
  assert.match(said, /a hung process ends itself/)
})

test('one that works in bursts, or has nothing to do, is left alone and may end', async () => {
  const { exitCode } = await run(`
    let left = 8
    const timer = setInterval(() => {
      const until = Date.now() + 150
      while (Date.now() < until);
      if (--left === 0) clearInterval(timer)
    }, 160)`)
  assert.equal(exitCode, 0)
})
