import { createServer } from 'node:http'

/** Bare node:http: sends what `BENCH_FROM` answers, headers and bytes, to whoever asks anything. */
const answer = await fetch(process.env.BENCH_FROM ?? '')
const body = Buffer.from(await answer.arrayBuffer())
const hop = new Set(['connection', 'keep-alive', 'date', 'transfer-encoding'])
const lines = [...answer.headers].filter(([name]) => !hop.has(name)).flat()
createServer({ keepAliveTimeout: 95_000, noDelay: true }, (_request, response) => {
  response.writeHead(200, lines)
  response.end(body)
}).listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
