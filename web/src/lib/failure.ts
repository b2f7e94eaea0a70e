/** Why a request brought nothing: what a person is told, and what helps whoever is asked about it. */
export type Failure = {
  /** HTTP status; 0 when no answer came. */
  status: number
  /** The service's stable code; `offline`, `unreachable` or `slow` when no answer came. */
  code: string
  service: string
  requestId: string
  detail: string
  /** Faults by field, of a request that does not fit. */
  fields: Readonly<Record<string, string>>
  /** The problem document, for members of its own. */
  problem: Readonly<Record<string, unknown>>
}

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly failure: Failure
  constructor(failure: Failure) {
    super(`${failure.service}: ${failure.code}`)
    this.failure = failure
  }
}

/** The failure behind anything thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) return error.failure
  return failure({ code: 'internal', detail: error instanceof Error ? error.message : '' })
}

export function failure(given: Partial<Failure>): Failure {
  return {
    status: 0,
    code: 'unreachable',
    service: 'shop',
    requestId: '',
    detail: '',
    fields: {},
    problem: {},
    ...given,
  }
}

const owners: [RegExp, string][] = [
  [/^\/api\/v1\/(products|categories|subcategories|media)\b/, 'product'],
  [/^\/api\/v1\/cart\b/, 'cart'],
  [/^\/api\/v1\/reviews\b/, 'review'],
  [/^\/api\/v1\/(users|token)\b/, 'auth'],
]

/** Name of the service that owns a path. */
export function serviceOf(path: string): string {
  return owners.find(([root]) => root.test(path))?.[1] ?? 'shop'
}

/** Reads a problem document (RFC 9457); anything else becomes a failure by its status. */
export async function failureFrom(response: Response, path: string): Promise<Failure> {
  const requestId = response.headers.get('x-request-id') ?? ''
  const base = { status: response.status, service: serviceOf(path), requestId }
  const problem: unknown = await response.json().catch(() => undefined)
  if (typeof problem !== 'object' || problem === null)
    return failure({ ...base, code: response.status >= 500 ? 'unavailable' : 'internal' })
  const { code, detail, errors } = problem as Record<string, unknown>
  return failure({
    ...base,
    code: String(code ?? 'internal'),
    detail: String(detail ?? ''),
    fields: Array.isArray(errors)
      ? Object.fromEntries(errors.map((it) => [String(it.field), String(it.message)]))
      : {},
    problem: problem as Record<string, unknown>,
  })
}
