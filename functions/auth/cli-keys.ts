import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { PUBLISHED_AHEAD_SECONDS, rotateKeys } from './keys.ts'
import { listKeys } from './queries/signing-keys.ts'

export const USAGE = `npm run keys -- secret            prints a good SECRET_KEY
npm run keys -- list              the keys that are believed, newest first
npm run keys -- rotate            makes the next signing key; nobody is signed out
npm run keys -- rotate --at-once  for a key that may be known to others: all access tokens end now`

/** `npm run keys`. `secret` needs no settings, all else the auth service's database. */
export async function keysCommand(
  args: string[],
  say: (text: string) => void = console.log,
): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'at-once': { type: 'boolean', default: false } },
  })
  const [command] = positionals
  if (command === 'secret') say(randomBytes(48).toString('base64url'))
  else if (command === 'rotate') {
    const atOnce = values['at-once']
    const kid = await rotateKeys({ atOnce })
    const when = atOnce ? 'now' : `in ${PUBLISHED_AHEAD_SECONDS / 60} minutes`
    say(`${kid} is published; it signs ${when}`)
  } else if (command === 'list')
    for (const { kid, signs_from: from } of await listKeys()) say(`${kid}  signs from ${from}`)
  else throw new Error(USAGE)
}
