import { createServer } from 'node:http'
import { handler } from './fixed.mjs'

/** The fixed answer from Node's server alone. */
const { statusCode, headers, body } = await handler()
const bytes = Buffer.from(body)
createServer((_request, response) =>
  response.writeHead(statusCode, { ...headers, 'content-length': bytes.length }).end(bytes),
).listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
