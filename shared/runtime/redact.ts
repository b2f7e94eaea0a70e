const hidden = '[hidden]'

const secretKey =
  /pass(word|wd|phrase)?$|^pw$|secret|token|authori[sz]ation|cookie|e-?mail|credential|jwt|api[-_]?key|private[-_]?key|^(access|refresh)$/i

const verdicts = new Map<string, boolean>()

/** Texts come from outside and may be long: each pattern begins at the start of a run only. */
const patterns: [hint: string, pattern: RegExp, replacement: typeof hideToken | string][] = [
  ['eyJ', /[\w.-]+/g, hideToken],
  ['://', /(:\/\/)[^\s/@]+@/g, `$1${hidden}@`],
  ['@', /(?<![^\s@"'<>()=:,;])[^\s@"'<>()=:,;]+@[^\s@"'<>(),;]+\.[a-z]{2,}/gi, hidden],
]

/** A `JSON.stringify` replacer that lets no secret, token, password or email through, at any depth. */
export function redact(key: string, value: unknown): unknown {
  if (typeof value === 'string') return isSecret(key) ? hidden : scrub(value)
  if (value === null || value === undefined || typeof value === 'boolean') return value
  return isSecret(key) ? hidden : value
}

function isSecret(key: string) {
  const known = verdicts.get(key)
  if (known !== undefined) return known
  const verdict = secretKey.test(key)
  // Keys may come from outside; a bound keeps them from filling the memory.
  if (verdicts.size < 1000) verdicts.set(key, verdict)
  return verdict
}

function scrub(text: string) {
  let clean = text
  for (const [hint, pattern, replacement] of patterns) {
    if (!clean.includes(hint)) continue
    // Two calls, as `replace` is typed for either alone.
    clean =
      typeof replacement === 'string'
        ? clean.replace(pattern, replacement)
        : clean.replace(pattern, replacement)
  }
  return clean
}

/** A word from where a JWT may begin in it, if dots follow. */
function hideToken(word: string): string {
  const at = word.search(/\beyJ/)
  return at < 0 || !word.includes('.', at) ? word : `${word.slice(0, at)}${hidden}`
}
