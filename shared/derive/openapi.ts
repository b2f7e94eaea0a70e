import type { Contract } from '../http/contract.ts'
import type { Service } from '../http/service.ts'
import type { OpenApiDocument, PathItem } from './document.ts'
import { problemSchema } from './faults.ts'
import { sharedHeaders } from './headers.ts'
import { groupByShape, operationAt } from './merge.ts'
import { SCHEME, type Sharing } from './operation.ts'
import { sharedParameters } from './parameters.ts'
import { schemaPool } from './schemas.ts'

export type { OpenApiDocument } from './document.ts'

/**
 * The OpenAPI 3.1 document of a service, made from its contracts alone. Endpoints under
 * `/internal/` are left out. `server` is the address clients use; the document's own otherwise.
 */
export function openapi(
  service: Service,
  options: { server?: string; version?: string } = {},
): OpenApiDocument {
  const sharing: Sharing = { pool: schemaPool(), responses: {} }
  const contracts = publicContracts(service)
  const paths: Record<string, PathItem> = {}
  for (const group of groupByShape(contracts)) {
    const item: PathItem = {}
    for (const method of new Set(group.contracts.map((it) => it.method)))
      item[method.toLowerCase()] = operationAt(group, method, sharing)
    paths[group.path] = item
  }
  const { document, schemas } = sharing.pool.settle({ paths, responses: sharing.responses })
  return {
    openapi: '3.1.1',
    info: {
      title: `Souk: ${service.name}`,
      version: options.version ?? '1.0.0',
      description: `${service.about}\n\n${CONVENTIONS}`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: options.server ?? '/' }],
    tags: [{ name: service.name, description: service.about }],
    paths: document.paths,
    components: {
      schemas: { ...schemas, Problem: problemSchema },
      responses: document.responses,
      parameters: sharedParameters,
      headers: sharedHeaders,
      securitySchemes: {
        [SCHEME]: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The `access` token that `POST /api/v1/token/` answers; it lives 5 minutes.',
        },
      },
    },
  }
}

/** Contracts that clients may know of, in the manifest's order. */
export function publicContracts(service: Service): Contract[] {
  return Object.values(service.endpoints)
    .map((it) => it.contract)
    .filter((it) => it.access !== 'service' && !it.path.startsWith('/internal/'))
}

const CONVENTIONS = `Paths end in \`/\`; without it they are served alike. Bodies are JSON; a key that is not listed is refused.
Text holds no NUL and no half of a character; its length counts code points.
Money is a decimal string with two places, time is RFC 3339 in UTC. Errors are problem details (RFC 9457): look at
\`code\`, never at the text. Another method on a known path is 405 (\`method_not_allowed\`) with \`Allow\`. \`X-Request-Id\`
is taken from the request when it is a sane token, made otherwise, and told in every answer.`
