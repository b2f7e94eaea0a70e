import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Kit, openKit } from './kit-lab.ts'

let kit: Kit
before(async () => {
  kit = await openKit()
})
after(() => kit.close())

type Message = { id?: number; method?: string; params?: Params }
type Params = { scriptId?: string; url?: string; callFrames?: { location: Location }[] }
type Location = { scriptId: string; lineNumber: number }

/** A debugger: Chrome's protocol over the address that the process tells. */
async function attach(url: string) {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const answers = new Map<number, (message: Message) => void>()
  const scripts = new Map<string, string>()
  const heard: Message[] = []
  const hearers: ((message: Message) => void)[] = []
  socket.onmessage = ({ data }) => {
    const message: Message = JSON.parse(data)
    if (message.id !== undefined) answers.get(message.id)?.(message)
    else if (message.method === 'Debugger.scriptParsed')
      scripts.set(message.params?.scriptId ?? '', message.params?.url ?? '')
    else if (message.method === 'Debugger.paused')
      (hearers.shift() ?? ((it: Message) => heard.push(it)))(message)
  }
  let last = 0
  return {
    send(method: string, params: object = {}): Promise<Message> {
      const id = ++last
      socket.send(JSON.stringify({ id, method, params }))
      return new Promise((resolve) => answers.set(id, resolve))
    },
    /** Where it stopped: file, and line from 0. */
    async paused(): Promise<{ url: string; line: number }> {
      const message = heard.shift() ?? (await new Promise<Message>((it) => hearers.push(it)))
      const { scriptId = '', lineNumber = -1 } = message.params?.callFrames?.[0]?.location ?? {}
      return { url: scripts.get(scriptId) ?? '', line: lineNumber }
    },
    close: () => socket.close(),
  }
}

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
