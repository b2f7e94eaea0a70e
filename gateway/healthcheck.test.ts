import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'

const server = createServer((request, answer) => {
  if (request.url === '/hangs') return
  answer.statusCode = request.url === '/livez' ? 200 : 503
  answer.end('ok')
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
after(() => server.close().closeAllConnections())
const { port } = server.address() as AddressInfo

test('the health check takes 200 alone for well', async () => {
  assert.equal(await exitCode({ HEALTH_PORT: `${port}` }), 0)
  assert.equal(await exitCode({ HEALTH_PORT: '1', PORT: `${port}` }), 0)
  assert.equal(await exitCode({ HEALTH_PORT: `${port}`, HEALTH_PATH: '/ill' }), 1)
})

test('nobody there, and somebody who does not answer within 5 s, are ill', async () => {
  assert.equal(await exitCode({ HEALTH_PORT: '1' }), 1)
  assert.equal(await exitCode({ HEALTH_PORT: `${port}`, HEALTH_PATH: '/hangs' }), 1)
})

async function exitCode(env: Record<string, string>): Promise<number> {
  const path = new URL('healthcheck.sh', import.meta.url).pathname
  const check = spawn('bash', [path], { env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' })
  const [code] = await once(check, 'exit')
  return code
}
