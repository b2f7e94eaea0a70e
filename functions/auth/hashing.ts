import { type Argon2Parameters, randomBytes, timingSafeEqual } from 'node:crypto'
import { fault } from '../../shared/http/errors.ts'
import { argon2id, threads } from './hashing-threads.ts'

/** OWASP's first recommendation for argon2id: KiB, passes, lanes. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 }
const SALT_BYTES = 16
const TAG_BYTES = 32
const MOST_WAITING = 32

/** Whose turn it is; two wait beside each thread, so that none waits for what comes before a hash. */
const turns = queue(3 * threads, MOST_WAITING)
let spent = 0

/** Hashes made by this process so far. */
export function hashesSpent(): number {
  return spent
}

/** A PHC string. Fails with `unavailable` when too many wait already. */
export function hashPassword(password: string): Promise<string> {
  return turns(async () => {
    const salt = randomBytes(SALT_BYTES)
    const tag = await derive({ message: password, nonce: salt, tagLength: TAG_BYTES, ...COST })
    const cost = `m=${COST.memory},t=${COST.passes},p=${COST.parallelism}`
    return `$argon2id$v=19$${cost}$${base64(salt)}$${base64(tag)}`
  })
}

/**
 * Whether a password is the one of a PHC string; without one it is not, at the same cost. `first`
 * runs when the password's turn has come, and may refuse by throwing. `isOutdated`: hash it anew.
 */
export function verifyPassword(
  password: string,
  phc: string | undefined,
  first: () => Promise<void> = async () => {},
): Promise<{ isRight: boolean; isOutdated: boolean }> {
  return turns(async () => {
    await first()
    const known = phc === undefined ? nobody : parse(phc)
    const tag = await derive({ message: password, ...known.parameters })
    const isRight = timingSafeEqual(tag, known.tag) && phc !== undefined
    return { isRight, isOutdated: isRight && known.isOutdated }
  })
}

/** Runs so much work at once, the rest in the order of arrival; refuses it when `most` wait already. */
function queue(places: number, most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let busy = 0
  return async (work) => {
    if (busy < places) busy++
    else {
      if (waiting.length >= most)
        throw fault('unavailable', 'Too many sign-ins at once; try again in a moment', {
          headers: { 'retry-after': '2' },
        })
      // Whoever leaves hands its place over, so `busy` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else busy--
    }
  }
}

function derive(parameters: Argon2Parameters): Promise<Buffer> {
  spent++
  return argon2id(parameters)
}

type Known = {
  parameters: Omit<Argon2Parameters, 'message'>
  tag: Buffer
  isOutdated: boolean
}

/** Stands in for an account that does not exist. */
const nobody: Known = {
  parameters: { nonce: randomBytes(SALT_BYTES), tagLength: TAG_BYTES, ...COST },
  tag: randomBytes(TAG_BYTES),
  isOutdated: false,
}

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([\w+/-]{11,86})\$([\w+/-]{16,86})$/

function parse(phc: string): Known {
  const [, memory, passes, parallelism, salt = '', hash = ''] = PHC.exec(phc) ?? []
  if (memory === undefined) throw new Error('a stored password hash cannot be read')
  const cost = {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  }
  const tag = Buffer.from(hash, 'base64')
  return {
    parameters: { nonce: Buffer.from(salt, 'base64'), tagLength: tag.length, ...cost },
    tag,
    isOutdated:
      tag.length !== TAG_BYTES ||
      cost.memory !== COST.memory ||
      cost.passes !== COST.passes ||
      cost.parallelism !== COST.parallelism,
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
