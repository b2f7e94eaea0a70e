const hidden = '[hidden]'

const secretKey =
  /pass(word|wd|phrase)?$|^pw$|secret|token|authori[sz]ation|cookie|e-?mail|credential|jwt|api[-_]?key|private[-_]?key|^(access|refresh)$/i

const verdicts = new Map<string, boolean>()

const patterns: [hint: string, pattern: RegExp, replacement: string][] = [
  ['eyJ', /\beyJ[\w-]+\.[\w-]+(\.[\w-]*)*/g, hidden],
  ['://', /(:\/\/)[^\s/@]+@/g, `$1${hidden}@`],
  ['@', /[^\s@"'<>()=:,;]+@[^\s@"'<>(),;]+\.[a-z]{2,}/gi, hidden],
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
    if (clean.includes(hint)) clean = clean.replace(pattern, replacement)
  }
  return clean
}
