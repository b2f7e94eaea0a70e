/** What a shop owner changes beside `styles/tokens.css`: the name, and the money it sells in. */
export const brand = {
  name: 'Souk',
  currency: 'EUR',
  /** Most products in one page of a list. */
  pageSize: 24,
} as const
