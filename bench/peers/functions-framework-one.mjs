/**
 * For functions-framework, one function: `BENCH_HANDLER` of `BENCH_FOLDER`. It knows HTTP functions, so
 * this makes the event, as one would to move a function there.
 */
import { join } from 'node:path'
import * as framework from '@google-cloud/functions-framework'

const { BENCH_FOLDER, BENCH_HANDLER = '' } = process.env
const [file, name] = BENCH_HANDLER.split('.')
const handler = (await import(join(BENCH_FOLDER, `${file}.mjs`)))[name]
const context = { getRemainingTimeInMillis: () => 29_000, awsRequestId: 'bench' }

framework.http('one', async (request, response) => {
  const [rawPath, rawQueryString = ''] = request.originalUrl.split('?')
  const { statusCode, headers, body } = await handler(
    {
      version: '2.0',
      routeKey: '$default',
      rawPath,
      rawQueryString,
      headers: request.headers,
      queryStringParameters: request.query,
      requestContext: {
        domainName: request.hostname,
        http: { method: request.method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: request.ip },
        requestId: 'bench',
        stage: '$default',
        timeEpoch: Date.now(),
      },
      isBase64Encoded: false,
    },
    context,
  )
  response.status(statusCode).set(headers).send(body)
})
