import { spanned, tracing } from '../runtime/tracing.ts'

const summaries = new Map<string, string>()
const MOST_KNOWN = 500

/** Not of `is distinct from`, `extract(epoch from`, `do update set`, `for update skip locked`. */
const TABLE =
  /(?<!\b(?:distinct|epoch)\s)\b(?:from|join)\s+(?!lateral\b|select\b)([a-z_]\w*)\b(?!\s*\()|\b(?:into|update)\s+(?!set\b|skip\b|of\b|nowait\b)([a-z_]\w*)/gi

/** Sends a statement as a span of the call that it belongs to: its summary, never its values. */
export function sqlSpan<T>(
  service: string | undefined,
  text: string,
  send: () => Promise<T>,
): Promise<T> {
  if (!tracing()) return send()
  const summary = () => summaryOf(text)
  const about = () => ({
    'db.system.name': 'postgresql',
    'db.namespace': service,
    'db.query.summary': summaryOf(text),
  })
  return spanned(summary, about, send)
}

/** What a statement does, to which tables: `select product category`; its parts in their order. */
export function summaryOf(text: string): string {
  const known = summaries.get(text)
  if (known !== undefined) return known
  // Tables stand behind these words, functions too; and what `with` names is a part of this statement.
  const bare = text.replace(/'(?:[^']|'')*'|--.*$/gm, ' ')
  const local = new Set(
    [...bare.matchAll(/\b(\w+)\s+as\s+(?:not\s+)?(?:materialized\s*)?\(/gi)].map((it) => it[1]),
  )
  const tables = [...bare.matchAll(TABLE)]
    .map(([, read, written]) => read ?? written ?? '')
    .filter((it) => !local.has(it))
  const verbs = [...bare.matchAll(/\b(insert|update|delete|select|begin|commit)\b/gi)]
  const first = /^\s*with\b/i.test(bare) ? 'with' : verbs[0]?.[0].toLowerCase()
  const summary = [first ?? 'statement', ...new Set(tables)].join(' ').slice(0, 120)
  if (summaries.size < MOST_KNOWN) summaries.set(text, summary)
  return summary
}
