/**
 * Every error a client can meet: code → status and title. The one table; contracts name its codes,
 * documents list them, and a test holds the three together. A retired code is never used again.
 */
export const errors = {
  invalid_request: { status: 400, title: 'The request does not fit its contract' },
  malformed_body: { status: 400, title: 'The body cannot be read' },
  host_not_allowed: { status: 400, title: 'This host name is not served here' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  bad_credentials: { status: 401, title: 'Email or password is wrong' },
  forbidden: { status: 403, title: 'Not allowed' },
  cross_site: { status: 403, title: 'Not allowed from another site' },
  wrong_password: { status: 403, title: 'The current password is missing or wrong' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'In conflict with what is stored' },
  already_exists: { status: 409, title: 'Exists already' },
  in_use: { status: 409, title: 'Still in use' },
  insufficient_stock: { status: 409, title: 'Not enough in stock' },
  cart_full: { status: 409, title: 'The cart is full' },
  last_superuser: { status: 409, title: 'The last superuser must stay' },
  idempotency_in_flight: { status: 409, title: 'The same request is still being answered' },
  precondition_failed: { status: 412, title: 'Changed by somebody else since' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  uri_too_long: { status: 414, title: 'The address is too long' },
  unsupported_media_type: { status: 415, title: 'This content type is not taken' },
  idempotency_mismatch: { status: 422, title: 'This key was used with another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'Not available at the moment' },
  timeout: { status: 504, title: 'Took too long' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof errors

/** One fault of a request: the path of the field with dots, and what is wrong with it. */
export type FieldError = { field: string; message: string }

export type FaultExtra = {
  /** Members beside the standard ones in the problem document. */
  members?: Record<string, unknown>
  headers?: Record<string, string>
  errors?: FieldError[]
  cause?: unknown
}

/** An expected outcome that is not the wished one; answered as a problem document (RFC 9457). */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: ErrorCode
  readonly status: number
  readonly extra: FaultExtra
  constructor(code: ErrorCode, detail?: string, extra: FaultExtra = {}) {
    super(detail ?? errors[code].title, extra.cause === undefined ? {} : { cause: extra.cause })
    this.code = code
    this.status = errors[code].status
    this.extra = extra
  }
}

export function fault(code: ErrorCode, detail?: string, extra?: FaultExtra): Fault {
  return new Fault(code, detail, extra)
}

/** The problem document of a fault. `instance` is the path asked for. */
export function problem(failure: Fault, instance: string, requestId: string) {
  return {
    type: `https://souk.example/problems/${failure.code}`,
    title: errors[failure.code].title,
    status: failure.status,
    detail: failure.message,
    instance,
    code: failure.code,
    request_id: requestId,
    ...(failure.extra.errors ? { errors: failure.extra.errors } : {}),
    ...failure.extra.members,
  }
}

/** Headers that a fault's status demands (RFC 9110), beside those it carries itself. */
export function faultHeaders(failure: Fault): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  }
  if (failure.status === 401) headers['www-authenticate'] = 'Bearer realm="souk"'
  if (failure.status === 429 || failure.status === 503) headers['retry-after'] = '1'
  return { ...headers, ...failure.extra.headers }
}
