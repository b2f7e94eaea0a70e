import type { Request, User } from '../../shared/http/contract.ts'
import { seal, sealed } from '../../shared/http/secrets.ts'

/** Whose cart: a user's, a guest's by the cookie, or a newcomer's, who has neither. */
export type Owner =
  | { userId: string; guestId?: undefined }
  | { userId?: undefined; guestId: string | undefined }

const COOKIE = 'souk_guest'
const SECONDS = 30 * 24 * 3600
const PURPOSE = 'guest-cart'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The token decides before the cookie. A cookie that is not ours counts as none. */
export function ownerOf(user: User | undefined, request: Request): Owner {
  return user ? { userId: user.id } : { guestId: guestOf(request) }
}

/** The guest cart that the request's cookie names. */
export function guestOf(request: Request): string | undefined {
  const [id = '', mac = '', ...rest] = request.cookies.get(COOKIE)?.split('.') ?? []
  const isOurs = rest.length === 0 && UUID.test(id) && sealed(PURPOSE, id, mac)
  return isOurs ? id : undefined
}

/** The whole Set-Cookie value that makes the caller the owner of this guest cart for 30 days. */
export function guestCookie(id: string, request: Request): string {
  const secure = request.origin.startsWith('https:') ? '; Secure' : ''
  return `${COOKIE}=${id}.${seal(PURPOSE, id)}; Path=/api/v1/cart/; Max-Age=${SECONDS}; HttpOnly; SameSite=Lax${secure}`
}
