import type { Header, Ref } from './document.ts'

/** The answers' headers that operations refer to. */
export const sharedHeaders: Record<string, Header> = {
  RequestId: {
    description: 'Names this request in the logs',
    required: true,
    schema: { type: 'string' },
  },
  ETag: {
    description: 'Names this state of what was answered',
    required: true,
    schema: { type: 'string', pattern: '^(W/)?"[^"]*"$' },
  },
  CacheControl: {
    description: 'Whether and how the answer may be stored',
    required: true,
    schema: { type: 'string' },
  },
  IdempotentReplayed: {
    description: '`true` when this is the first answer again',
    required: false,
    schema: { type: 'string', enum: ['true'] },
  },
}

export function headerRef(name: string): Ref {
  return { $ref: `#/components/headers/${name}` }
}

/** The header as one that some answers do not carry. */
export function optional(header: Header | Ref): Header | Ref {
  const full = '$ref' in header ? sharedHeaders[header.$ref.split('/').at(-1) ?? ''] : header
  return full ? { ...full, required: false } : header
}
