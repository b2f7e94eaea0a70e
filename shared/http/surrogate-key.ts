/** Tags as caches in front know them: words in one header. */
export function surrogateKey(tags: readonly string[]): string {
  return tags.map((it) => it.replace(/[^\x21-\x2b\x2d-\x7e]/g, '_')).join(' ')
}

/** The key of all that a service has answered for caches to keep. */
export function everythingOf(service: string): string {
  return `souk-${service}`
}
