import type { Page } from './elements/page.ts'
import type { RouteName } from './routes.ts'

type Load = () => Promise<{ page: new () => Page }>

const account: Load = () => import('./pages/account.ts')
const list: Load = () => import('./pages/list.ts')
const product: Load = () => import('./pages/product.ts')
const staff: Load = () => import('./pages/staff.ts')

/** Where each route's page is; every one is fetched when it is first needed. */
export const pages: Record<RouteName, Load> = {
  home: () => import('./pages/home.ts'),
  list,
  category: list,
  product,
  productById: product,
  cart: () => import('./pages/cart.ts'),
  signIn: () => import('./pages/sign-in.ts'),
  register: () => import('./pages/register.ts'),
  account,
  accountSection: account,
  status: () => import('./pages/status.ts'),
  staff,
  staffSection: staff,
  staffItem: staff,
  notFound: () => import('./pages/not-found.ts'),
}
