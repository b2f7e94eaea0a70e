import { call, send, useTokens } from './api.ts'
import { failureOf } from './failure.ts'
import { queries } from './queries.ts'
import { Store } from './store.ts'
import { hear, keep, tell } from './tabs.ts'

export type Person = { id: string; username: string; staff: boolean; superuser: boolean }
export type SessionState = {
  /** `guest` is known without asking; `unsure` while a kept session has not been renewed yet. */
  state: 'guest' | 'unsure' | 'in'
  person: Person | undefined
}

type Held = { token: string; until: number }

/** Renewed this long before the end, so that no request meets the end. */
const EARLY_MS = 30_000

/**
 * Who shops. The access token is in memory alone, the refresh token in a cookie that no script
 * sees; what is kept in the browser is only whether it is worth asking (`souk.session`).
 */
class Session extends Store<SessionState> {
  #held: Held | undefined
  #renewing: Promise<string | undefined> | undefined

  constructor() {
    const known = keep.get('session') !== null
    super({ state: known ? 'unsure' : 'guest', person: undefined })
    hear<Held>('token', (held) => this.#take(held))
    hear('signed-out', () => this.#drop())
  }

  get isGuest(): boolean {
    return this.value.state === 'guest'
  }

  /** A token good for the next seconds; undefined for a guest, with no request made. */
  async token(): Promise<string | undefined> {
    if (this.isGuest) return undefined
    if (this.#held && this.#held.until - EARLY_MS > Date.now()) return this.#held.token
    return this.renew(this.#held?.token)
  }

  /** Another token than `refused`. One renewal at a time, over all tabs of this shop. */
  renew(refused: string | undefined): Promise<string | undefined> {
    this.#renewing ??= this.#exclusively(async () => {
      // Another tab may have renewed while this one waited for its turn.
      if (this.#held && this.#held.token !== refused && this.#held.until > Date.now())
        return this.#held.token
      return this.#refresh()
    }).finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async signIn(email: string, password: string): Promise<void> {
    const { access } = await call('POST /api/v1/token/', {
      query: { cookie: '1' },
      body: { email, password },
    })
    this.#accept(access)
  }

  async signOut(): Promise<void> {
    await send('POST', '/api/v1/token/revoke/?cookie=1', { body: {} }).catch(() => undefined)
    this.end()
  }

  /** Here and in the other tabs the session is over. */
  end(): void {
    this.#drop()
    tell('signed-out', true)
  }

  async #refresh(): Promise<string | undefined> {
    try {
      const { access } = await call('POST /api/v1/token/refresh/', {
        query: { cookie: '1' },
        body: {},
      })
      return this.#accept(access)
    } catch (error) {
      // Only a refusal ends the session; a service that rests may know it again later.
      if (failureOf(error).status !== 401) throw error
      this.end()
      this.dispatchEvent(new Event('expired'))
      return undefined
    }
  }

  #accept(access: string): string {
    const held = { token: access, until: claimsOf(access).exp * 1000 }
    this.#take(held)
    tell('token', held)
    return access
  }

  #take(held: Held): void {
    this.#held = held
    const { sub, username, staff, superuser } = claimsOf(held.token)
    keep.set('session', '1')
    this.set({ state: 'in', person: { id: sub, username, staff, superuser } })
  }

  #drop(): void {
    this.#held = undefined
    keep.set('session', undefined)
    queries.forget('/api/v1/users')
    queries.forget('/api/v1/reviews/mine')
    this.set({ state: 'guest', person: undefined })
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (!navigator.locks) return work()
    return navigator.locks.request('souk.renew', work) as Promise<T>
  }
}

type Claims = { sub: string; username: string; staff: boolean; superuser: boolean; exp: number }

/** What the token says; only the services check that it is true. */
function claimsOf(token: string): Claims {
  const [, payload = ''] = token.split('.')
  const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (it) =>
    it.charCodeAt(0),
  )
  return JSON.parse(new TextDecoder().decode(bytes)) as Claims
}

export const session = new Session()
useTokens({ current: () => session.token(), renewed: (refused) => session.renew(refused) })
