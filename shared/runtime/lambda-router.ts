import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { Fault, fault } from '../http/errors.ts'
import type { Handler, Service } from '../http/service.ts'
import { telling } from './lambda-served.ts'
import { answerOptions } from './preflight.ts'
import { problemReply, type Reply } from './reply.ts'
import { match, type RouteTable, routeTable } from './routes.ts'

/**
 * One function that stands for several endpoints where API Gateway's routes cannot tell them apart:
 * by the type of a parameter, a slash at the end, `HEAD`, `OPTIONS`, and what is nobody's. It matches
 * as the host does and answers as the host does.
 */
export function routing(service: Pick<Service, 'name' | 'endpoints'>): Handler {
  let table: RouteTable | undefined
  return async (event, context) => {
    table ??= routeTable([service as Service])
    try {
      return await route(table, event, context)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return resultOf(problemReply(error, event.rawPath, context.awsRequestId))
    }
  }
}

async function route(
  table: RouteTable,
  event: APIGatewayProxyEventV2,
  context: Parameters<Handler>[1],
): Promise<APIGatewayProxyStructuredResultV2> {
  const { headers, rawPath, requestContext } = event
  const { method } = requestContext.http
  if (method === 'OPTIONS') {
    const wanted = headers['access-control-request-method']
    return resultOf(answerOptions(table, rawPath, headers.origin, wanted))
  }
  const found = match(table, method, rawPath)
  if (found.found === 'nothing') throw fault('not_found')
  if (found.found === 'path')
    throw fault('method_not_allowed', undefined, { headers: { allow: found.allow } })
  const { endpoint, key: routeKey } = found.route
  const told = { ...event, routeKey, requestContext: { ...requestContext, routeKey } }
  return telling(endpoint)({ ...told, pathParameters: found.params }, context)
}

function resultOf({ status, headers, body }: Reply): APIGatewayProxyStructuredResultV2 {
  return { statusCode: status, headers: Object.fromEntries(headers), body: body.toString() }
}
