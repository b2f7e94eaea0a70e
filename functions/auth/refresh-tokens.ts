import { seal, sealed } from '../../shared/http/secrets.ts'
import { db } from './queries/accounts.ts'
import { note } from './queries/audit.ts'
import { advanceSession, endSession, findSession, type Owner } from './queries/sessions.ts'

const PURPOSE = 'refresh'
const FORM =
  /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.(0|[1-9]\d{0,8})\.([\w-]{43})$/

/** How long the token before the current one gets the current one again: a lost answer, two tabs. */
const REPLAY_SECONDS = 10

/** The refresh token of a session at a count: `sid.counter.mac`. */
export function refreshToken(sessionId: string, counter: number): string {
  const text = `${sessionId}.${counter}`
  return `${text}.${seal(PURPOSE, text)}`
}

/** What a token says; undefined unless we made it. No database is asked: garbage ends nothing. */
export function readRefreshToken(
  token: string,
): { sessionId: string; counter: number } | undefined {
  const [, sessionId, counter, mac = ''] = FORM.exec(token) ?? []
  if (!sessionId || !counter || !sealed(PURPOSE, `${sessionId}.${counter}`, mac)) return undefined
  return { sessionId, counter: Number(counter) }
}

/**
 * Takes a refresh token and gives its successor and its owner; undefined when it does not count. One
 * that was used before, other than just now, ends its session.
 */
export async function rotate(token: string): Promise<{ owner: Owner; next: string } | undefined> {
  const given = readRefreshToken(token)
  if (!given) return undefined
  const { sessionId, counter } = given
  const next = refreshToken(sessionId, counter + 1)
  const owner = await advanceSession(sessionId, counter)
  if (owner) return { owner, next }
  const found = await findSession(sessionId)
  if (!found || counter > found.counter) return undefined
  if (counter === found.counter - 1 && found.seconds <= REPLAY_SECONDS)
    return { owner: found, next }
  await db.transaction(async () => {
    if (await endSession(sessionId))
      await note('refresh_reused', found.account_id, null, { session: sessionId })
  })
  return undefined
}
