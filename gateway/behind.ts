/** Where the gateway before this server sends what it cannot pass on, and what it would say in plain text. */
const UNAVAILABLE = '/_/unavailable'

type Told = { url?: string | undefined; headers: Record<string, string | string[] | undefined> }

/**
 * The path that a request was for before the gateway wrote another one over it; undefined for any
 * other request. It comes as `?url=` or, where Traefik's `replacePathRegex` did it, in a header.
 */
export function pathBehind(path: string, { url = '', headers }: Told): string | undefined {
  if (path !== UNAVAILABLE) return undefined
  const given = new URL(url, 'http://behind').searchParams.get('url')
  if (given !== null && URL.canParse(given)) return new URL(given).pathname
  const replaced = headers['x-replaced-path']
  return typeof replaced === 'string' ? replaced : path
}
