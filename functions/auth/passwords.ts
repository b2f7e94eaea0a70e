import common from './common-passwords.json' with { type: 'json' }

/** Most characters behind a common word that do not make it a password of its own. */
const TAIL = 5

const whole = new Set(common.whole.flatMap((line) => line.split(' ')))
const words = new Set(common.words.flatMap((line) => line.split(' ')))

/** What is wrong with a password that somebody wants to have, or undefined. */
export function passwordFault(
  password: string,
  person: { email: string; username: string },
): string | undefined {
  const text = password.toLowerCase()
  if (isCommon(text) || isMonotonous(text)) return 'is one of the most common passwords'
  const [local = '', domain = ''] = person.email.toLowerCase().split('@')
  for (const own of [person.email.toLowerCase(), local, domain, person.username.toLowerCase()])
    if (isLike(text, own)) return 'is too much like the email or username'
  return undefined
}

/** On the list itself, or a listed word with something short behind it: `Sunshine2024!`. */
function isCommon(text: string): boolean {
  if (whole.has(text)) return true
  const plain = readable(text)
  if (whole.has(plain)) return true
  const word = /^[a-z]+/.exec(plain)?.[0] ?? ''
  const known = words.has(word) || whole.has(word)
  if (known && plain.length - word.length <= TAIL) return true
  const half = text.slice(0, text.length / 2)
  return half + half === text && (words.has(half) || whole.has(half))
}

const signs: Record<string, string> = {
  ...{ '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't' },
  ...{ $: 's', '@': 'a', '!': 'i' },
}

/** With letters for the digits and signs that people put in their places; not at the end. */
function readable(text: string): string {
  return text.replace(/[013457$@!](?=.*[a-z])/g, (sign) => signs[sign] ?? sign)
}

/** A few characters over and over, or a run such as `abcdefghij` and `9876543210`. */
function isMonotonous(text: string): boolean {
  if (new Set(text).size < 4) return true
  const steps = new Set<number>()
  for (let at = 1; at < text.length; at++) {
    const step = text.charCodeAt(at) - text.charCodeAt(at - 1)
    steps.add(step === 9 || step === -9 ? step / -9 : step)
  }
  return steps.size === 1
}

/** One is most of the other. What is short is in many words by chance. */
function isLike(text: string, own: string): boolean {
  if (own.length < 4) return false
  const holds = text.includes(own) || text.includes([...own].reverse().join(''))
  if (holds) return text.length - own.length < 8
  return (2 * commonLength(text, own)) / (text.length + own.length) >= 0.7
}

/** Length of the longest common subsequence; both are at most 254 long. */
function commonLength(a: string, b: string): number {
  let before = new Uint16Array(b.length + 1)
  for (const letter of a) {
    const now = new Uint16Array(b.length + 1)
    for (let at = 1; at <= b.length; at++)
      now[at] =
        letter === b[at - 1]
          ? (before[at - 1] ?? 0) + 1
          : Math.max(before[at] ?? 0, now[at - 1] ?? 0)
    before = now
  }
  return before[b.length] ?? 0
}
