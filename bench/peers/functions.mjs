/** What is served by the peers: the event as it came, and results by their number. */
import { results } from '../../shared/runtime/event.vectors.ts'

const headers = { 'content-type': 'application/json' }

export const echo = async (event) => ({ statusCode: 200, headers, body: JSON.stringify(event) })
export const give = async (event) => results[Number(event.pathParameters?.n)]?.result

/** For functions-framework: it hands on Express's request, and sends nothing by itself. */
export const http = (request, response) => {
  const { method, path, query, headers, body } = request
  response.json({ method, path, query, headers, body })
}
