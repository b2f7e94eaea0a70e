import { limiter } from '../../shared/data/cache.ts'
import type { Throttle } from '../../shared/http/contract.ts'
import { fault } from '../../shared/http/errors.ts'
import { seal } from '../../shared/http/secrets.ts'
import { addressBlock } from '../../shared/http/throttle.ts'

/**
 * How often passwords may be guessed; docs/decisions/0006-throttling.md says why. Whoever guesses
 * from a place where the account's owner has signed in before meets `known` alone; all others
 * together meet the rest, and then take turns, so that an owner at a new place is slowed, not shut out.
 */
const limits = {
  known: { limit: 10, seconds: 900 },
  pair: { limit: 5, seconds: 900 },
  account: { limit: 10, seconds: 900 },
  place: { limit: 60, seconds: 600 },
  own: { limit: 10, seconds: 900 },
}
/** Seconds of a turn; one guess in each. */
const TURN = 20
/** Turns after which everybody had one; two rounds last less than 15 minutes. */
const ROUND = 22

/** What the sign-in's contract tells of it. */
export const signInThrottle: readonly Throttle[] = [
  {
    by: 'account',
    ...limits.known,
    about: 'wrong passwords for one account from an address where its owner has signed in before',
  },
  {
    by: 'account',
    ...limits.pair,
    about: 'sign-ins to one account from any one other address',
  },
  {
    by: 'account',
    ...limits.account,
    about: `sign-ins to one account from all other addresses; then one in ${TURN} s, each address in its turn`,
  },
  { by: 'account', ...limits.place, about: 'sign-ins from one such address, to all accounts' },
]

export const ownPasswordThrottle: readonly Throttle[] = [
  { by: 'account', ...limits.own, about: 'wrong current passwords' },
]

/** A client's address as it is stored: nobody learns the address from it. */
export function placeOf(address: string): string {
  return seal('place', addressBlock(address)).slice(0, 24)
}

export type Guess = {
  /** Fails with `rate_limited` if it would be too many; counts nothing and costs little. */
  check(): Promise<void>
  /** Counts it. Fails with `rate_limited` if it is too many. */
  count(): Promise<void>
  /** The password was right: what was counted against the owner here is forgotten. */
  forgive(): Promise<void>
}

/** One try at an account's password. Emails that nobody has are counted alike. */
export function signInGuess(email: string, place: string, isKnownPlace: boolean): Guess {
  if (isKnownPlace) return single(`known:${email}:${place}`, limits.known)
  const counters = limiter('auth')
  const pair = `pair:${email}:${place}`
  const account = `account:${email}`
  const from = `place:${place}`
  return {
    async check() {
      const [byPair, byPlace, byAccount] = await Promise.all([
        counters.read(pair, limits.pair.limit),
        counters.read(from, limits.place.limit),
        counters.read(account, limits.account.limit),
      ])
      refuse(byPair, byPlace)
      if (byAccount.allowed) return
      const turn = turnOf(email, place, Date.now() / 1000)
      if (turn.wait > 0) refuse({ allowed: false, retryAfter: turn.wait })
      const used = await counters.read(turn.key, 1)
      if (!used.allowed) refuse({ allowed: false, retryAfter: turn.next })
    },
    async count() {
      const [byPair, byPlace] = await Promise.all([
        counters.hit(pair, limits.pair.limit, limits.pair.seconds),
        counters.hit(from, limits.place.limit, limits.place.seconds),
      ])
      refuse(byPair, byPlace)
      const byAccount = await counters.hit(account, limits.account.limit, limits.account.seconds)
      if (byAccount.allowed) return
      const turn = turnOf(email, place, Date.now() / 1000)
      const mine = turn.wait === 0 && (await counters.hit(turn.key, 1, 2 * TURN)).allowed
      if (!mine) refuse({ allowed: false, retryAfter: turn.wait || turn.next })
    },
    forgive: () => counters.reset(pair),
  }
}

/** One try at the current password of somebody who is signed in already. */
export function ownGuess(userId: string): Guess {
  return single(`own:${userId}`, limits.own)
}

function single(key: string, { limit, seconds }: { limit: number; seconds: number }): Guess {
  const counters = limiter('auth')
  return {
    check: async () => refuse(await counters.read(key, limit)),
    count: async () => refuse(await counters.hit(key, limit, seconds)),
    forgive: () => counters.reset(key),
  }
}

/**
 * When a place may try an account next. In every round it has one turn, at another point each time,
 * which nobody can foresee without `SECRET_KEY`. Seconds; `wait` is 0 in its turn.
 */
export function turnOf(email: string, place: string, now: number) {
  const turn = Math.floor(now / TURN)
  const round = Math.floor(turn / ROUND)
  const start = (of: number) => {
    const random = Buffer.from(seal('turn', `${email}\0${place}\0${of}`), 'base64url')
    return (of * ROUND + (random.readUInt32BE(0) % ROUND)) * TURN
  }
  const seconds = (at: number) => Math.max(1, Math.ceil(at - now))
  const mine = start(round)
  const next = seconds(start(round + 1))
  const wait = Math.floor(mine / TURN) === turn ? 0 : mine > now ? seconds(mine) : next
  return { key: `turn:${email}:${turn}`, wait, next }
}

type Refusal = { allowed: boolean; retryAfter: number }

function refuse(...verdicts: readonly Refusal[]): void {
  const refused = verdicts.filter((it) => !it.allowed)
  if (refused.length === 0) return
  const seconds = Math.max(...refused.map((it) => it.retryAfter))
  throw fault('rate_limited', `Too many tries; try again in ${seconds} seconds`, {
    headers: { 'retry-after': String(seconds) },
  })
}
