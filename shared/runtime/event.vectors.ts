import type { Parts } from './event.ts'
import { bodies } from './lab/vectors-bodies.ts'
import { contents } from './lab/vectors-contents.ts'
import { results } from './lab/vectors-results.ts'
import { targets } from './lab/vectors-targets.ts'

/**
 * What AWS does, row by row: from live captures published by aws-lambda-dotnet (test snapshots) and
 * hotsock/voker (test data), from AWS's own documentation, and from measurements told in ministack's
 * and floci's issues. `rule` numbers a property, so that a red row says which one broke.
 */
export type RequestVector = {
  rule: string
  name: string
  method?: string
  target: string
  headers?: [string, string][]
  body?: string | Buffer
  /** What only the pure function can be asked: the host refuses or routes it away. */
  pure?: true
  /** For facts that a socket cannot give. */
  parts?: Partial<Parts>
  event?: Record<string, unknown>
  headersAre?: Record<string, string>
  contextIs?: Record<string, unknown>
  httpIs?: Record<string, unknown>
  absent?: string[]
}

export type ResultVector = {
  rule: string
  name: string
  result: unknown
  status: number
  headersAre?: Record<string, string>
  cookies?: string[]
  dropped?: string[]
  body?: string | Buffer
}

export const requests: RequestVector[] = [...targets, ...contents, ...bodies]
export { results }
