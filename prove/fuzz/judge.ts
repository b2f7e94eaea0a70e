import type { Reply } from '../../shared/testing/shop.ts'
import type { Case } from './cases.ts'

/** Why something that is well formed may still be refused: by what is stored, and who asks. */
const STATE = [401, 403, 404, 409, 412, 422, 429]

/** What is wrong with an answer; undefined when it is as it has to be. */
export function verdictOn(given: Case, { status, text }: Pick<Reply, 'status' | 'text'>) {
  const told = `${status} ${text.slice(0, 300)}`
  if (status >= 500) return `broke: ${told}`
  if ('polluted' in {}) return 'changed the prototype of all objects'
  if (given.verdict === 'taken' && status >= 400 && !STATE.includes(status))
    return `valid, but refused: ${told}`
  if (given.verdict === 'refused' && status < 400) return `invalid, but taken: ${told}`
  if (given.verdict === 'unauthenticated' && status !== 401) return `no token, but ${told}`
  if (given.verdict === 'no method' && status !== 405) return `a method that is not there: ${told}`
  return undefined
}
