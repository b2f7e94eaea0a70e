import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { attach } from './debugger-lab.ts'
import { type Kit, openKit } from './kit-lab.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

test('it stops in TypeScript at the right line, and the deadline stands still meanwhile', async () => {
  const source = readFileSync(join(kit.folder, 'functions/product/get-product.ts'), 'utf8')
  const line = source.split('\n').findIndex((it) => it.includes('await findProduct('))
  const target = '/api/v1/products/2000000000/'
  const run = kit.launch(['invoke', 'GET', target, '--inspect-brk', '--timeout', '1'])
  const [, url = ''] = await run.says(/(ws:\/\/\S+)/)
  const debug = await attach(url)
  await debug.send('Runtime.enable')
  await debug.send('Debugger.enable')
  const place = { urlRegex: 'functions/product/get-product\\.ts$', lineNumber: line }
  await debug.send('Debugger.setBreakpointByUrl', place)
  await debug.send('Runtime.runIfWaitingForDebugger')
  const first = await debug.paused()
  assert.match(first.url, /kit\/inspect\.ts$/)
  await debug.send('Debugger.resume')
  const second = await debug.paused()
  assert.match(second.url, /functions\/product\/get-product\.ts$/)
  assert.equal(second.line, line)
  // Longer than the call may take.
  const end = performance.now() + 1500
  while (performance.now() < end) await debug.send('Runtime.enable')
  await debug.send('Debugger.resume')
  debug.close()
  await run.says(/404 souk-product-get-product in/)
})
