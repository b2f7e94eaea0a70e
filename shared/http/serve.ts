import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import createAPI, {
  type API,
  type Request as ApiRequest,
  type Response as ApiResponse,
} from 'lambda-api'
import { log } from '../runtime/log.ts'
import { notModifiedHeaders } from './cached.ts'
import { etagMatches } from './conditional.ts'
import type { Contract, Work } from './contract.ts'
import { type Plain, respond } from './respond.ts'
import type { Handler } from './service.ts'

/**
 * Makes the Lambda handler of one endpoint: contract checked, caller authorised, work done, answer
 * made. The only file that touches lambda-api (1.5.1). What that gets wrong is kept away from it
 * (`serve.test.ts` shows each): it is given a bare event with the constant path `/`, so that its
 * parsing of paths, bodies, cookies and addresses never matters; the one route always sends, never
 * throws, and finds its call in its own request, never on the instance.
 */
export function serve<const C extends Contract>(contract: C, work: Work<C>): Handler {
  let api: API | undefined
  return async (event, context) => {
    api ??= routeOf(contract, work as unknown as Work<Contract>)
    const method = event.requestContext.http.method
    const bare = {
      version: '2.0',
      rawPath: '/',
      headers: {},
      // Without one lambda-api catches an error of JSON.parse for each call.
      body: null,
      requestContext: { http: { method: contract.method }, call: { event, context } },
    }
    const result: APIGatewayProxyStructuredResultV2 = await api.run(
      bare as unknown as APIGatewayProxyEventV2,
      context,
    )
    if (method === 'HEAD') return { ...result, body: '', isBase64Encoded: false }
    return result
  }
}

type Carried = { call: { event: APIGatewayProxyEventV2; context: Context } }

function routeOf(contract: Contract, work: Work<Contract>): API {
  const api = createAPI({ logger: false })
  const name = contract.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'
  api[name]('/', async (request: ApiRequest, response: ApiResponse) => {
    const { event, context } = (request.requestContext as unknown as Carried).call
    const plain = conditional(contract, await respond(contract, work, event, context), event)
    response.status(plain.status)
    for (const [key, value] of Object.entries(plain.headers)) response.header(key, value)
    if (plain.headers['content-type'] === undefined) response.removeHeader('content-type')
    for (const cookie of plain.cookies ?? []) response.header('set-cookie', cookie, true)
    if (typeof plain.body === 'string') return response.send(plain.body)
    // lambda-api sends text; bytes travel as base64, as API Gateway wants them.
    const bytes = plain.body ?? Buffer.alloc(0)
    if (isText(plain.headers['content-type'])) return response.send(bytes.toString())
    Object.assign(response, { _isBase64: true })
    return response.send(bytes.toString('base64'))
  })
  return api
}

function isText(type: string | undefined): boolean {
  return type === undefined || /^(text\/|application\/(problem\+)?json)/.test(type)
}

/** 304 for a good public GET whose tag the client has; what is private is never stored. */
function conditional(contract: Contract, plain: Plain, event: APIGatewayProxyEventV2): Plain {
  if (contract.access !== 'anyone') return plain
  const wanted = event.headers['if-none-match']
  const etag = plain.headers.etag
  if (wanted === undefined || etag === undefined || plain.status !== 200) return plain
  if (!etagMatches(wanted, etag, 'weak')) return plain
  if (!['GET', 'HEAD'].includes(event.requestContext.http.method)) return plain
  log.debug('not modified')
  return { ...plain, status: 304, headers: notModifiedHeaders(plain.headers), body: '' }
}
