/** Every address of the shop. The server answers 404 for what is not here. */
const patterns = {
  home: '/',
  list: '/products',
  category: '/category/:category',
  product: '/product/:slug',
  productById: '/product/by-id/:id',
  cart: '/cart',
  signIn: '/sign-in',
  register: '/register',
  account: '/account',
  accountSection: '/account/:section',
  status: '/status',
  staff: '/staff',
  staffSection: '/staff/:section',
  staffItem: '/staff/:section/:id',
} as const

export type RouteName = keyof typeof patterns | 'notFound'
export type Match = { name: RouteName; params: Readonly<Record<string, string>> }

const accountSections = ['password', 'sessions', 'reviews']
const staffSections = ['products', 'categories', 'users', 'reviews']

/** The route of a path; `notFound` for what the shop does not have. */
export function matchRoute(path: string): Match {
  const segments = split(path)
  for (const [name, pattern] of Object.entries(patterns)) {
    const params = paramsOf(split(pattern), segments)
    if (params && isKnown(name, params)) return { name: name as RouteName, params }
  }
  return { name: 'notFound', params: {} }
}

/** Address of a product's page. */
export function productPath(product: { slug: string }): string {
  return `/product/${encodeURIComponent(product.slug)}`
}

/** Leads to a product's page where only its id is known: in a cart, in one's own reviews. */
export function productByIdPath(id: number): string {
  return `/product/by-id/${id}`
}

/** Address of a category's page; the words after the id are for people. */
export function categoryPath(category: { id: number; name: string }): string {
  return `/category/${category.id}-${slugOf(category.name)}`
}

/** The id in a category's address, or undefined when there is none. */
export function categoryId(text: string | undefined): number | undefined {
  const found = /^([1-9]\d{0,9})(?:-|$)/.exec(text ?? '')
  return found ? Number(found[1]) : undefined
}

export function slugOf(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  return plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
}

function split(path: string): string[] {
  return path.split('/').filter(Boolean)
}

function paramsOf(pattern: string[], segments: string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decode(segment)
    else if (part !== segment) return undefined
  }
  return params
}

function isKnown(name: string, params: Record<string, string>): boolean {
  if (name === 'category') return categoryId(params.category) !== undefined
  if (name === 'productById') return /^[1-9]\d{0,9}$/.test(params.id ?? '')
  if (name === 'accountSection') return accountSections.includes(params.section ?? '')
  if (name.startsWith('staff') && params.section) return staffSections.includes(params.section)
  return true
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
