/** A JSON Schema of the 2020-12 dialect, as OpenAPI 3.1 uses it. */
export type Schema = { [keyword: string]: unknown }

export type Parameter = {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description: string
  schema: Schema
  style?: 'form'
  explode?: boolean
  example?: unknown
}

export type Header = { description: string; required?: boolean; schema: Schema }
export type Media = { schema?: Schema; example?: unknown; encoding?: Record<string, unknown> }
export type Ref = { $ref: string }

export type Reply = {
  description: string
  headers?: Record<string, Header | Ref>
  content?: Record<string, Media>
}

export type RequestBody = {
  required: boolean
  description?: string
  content: Record<string, Media>
}

export type Operation = {
  operationId: string
  tags: string[]
  summary: string
  description: string
  security: Record<string, string[]>[]
  parameters: (Parameter | Ref)[]
  requestBody?: RequestBody
  responses: Record<string, Reply | Ref>
  /** Limits on calls, one object each: what is counted, how many, in how many seconds. */
  'x-throttle'?: Schema[]
  /** How long a shared store may answer for the work, in seconds, when nothing has changed. */
  'x-cache-seconds'?: number
  /** The operations that share this path's shape, told apart by the parameter's type. */
  'x-variants'?: { operationId: string; summary: string; parameters: Record<string, Schema> }[]
}

export type PathItem = Record<string, Operation>

/** An OpenAPI 3.1 document: plain JSON, no functions, no cycles. */
export type OpenApiDocument = {
  openapi: '3.1.1'
  info: { title: string; version: string; description: string; license: { name: string } & Schema }
  servers: { url: string; description?: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, PathItem>
  components: {
    schemas: Record<string, Schema>
    responses: Record<string, Reply>
    parameters: Record<string, Parameter>
    headers: Record<string, Header>
    securitySchemes: Record<string, Schema>
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The same JSON with every object in it replaced by what `change` makes of it, inner ones first. */
export function mapObjects(value: unknown, change: (object: Schema) => Schema): unknown {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change))
  if (!isObject(value)) return value
  const mapped: Schema = {}
  for (const [key, child] of Object.entries(value)) mapped[key] = mapObjects(child, change)
  return change(mapped)
}
