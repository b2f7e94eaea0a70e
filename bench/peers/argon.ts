import { argon2, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'

/** argon2id alone, at the cost that Souk takes, once for every request; the pool's threads are the limit. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 }
createServer((request, response) => {
  request.resume()
  if (request.method === 'GET') return response.end()
  return argon2('argon2id', { message: 'correct', nonce: randomBytes(16), ...cost }, (error) => {
    response.writeHead(error ? 500 : 200, { 'content-length': 0 }).end()
  })
}).listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
