/** Where a visitor came from; only a path of this shop. */
export function wayBack(url: URL): string {
  const to = url.searchParams.get('to') ?? '/account'
  return /^\/(?![/\\])/.test(to) ? to : '/account'
}
