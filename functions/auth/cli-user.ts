import { randomUUIDv7 } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { fieldErrors } from '../../shared/http/parse.ts'
import { hashPassword } from './hashing.ts'
import { NewUser } from './model.ts'
import { db, findByEmail, insertAccount, setPasswordHash, takenFields } from './queries/accounts.ts'
import { note } from './queries/audit.ts'
import { endSessions } from './queries/sessions.ts'

export const USAGE = `npm run user -- create [--staff] [--superuser] [--email …] [--username …]
npm run user -- password [--email …]   sets a new password and ends all sessions

What is not given is asked for; the password always is, and is not shown. Without a terminal it is
the first line of the standard input.`

/** How an operator is asked and told. */
export type Operator = {
  ask(question: string): Promise<string>
  /** Asks without showing what is typed. */
  askSecret(question: string): Promise<string>
  say(text: string): void
}

/** `npm run user`; needs the auth service's database. Throws an `Error` to be shown as it is. */
export async function userCommand(args: string[], operator: Operator = terminal): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      email: { type: 'string' },
      username: { type: 'string' },
      staff: { type: 'boolean', default: false },
      superuser: { type: 'boolean', default: false },
    },
  })
  const email = async () => values.email ?? (await operator.ask('Email: '))
  if (positionals[0] === 'create') {
    const given = { email: await email(), username: values.username ?? '' }
    given.username ||= await operator.ask('Username: ')
    await create(given, values, operator)
  } else if (positionals[0] === 'password') await setPassword(await email(), operator)
  else throw new Error(USAGE)
}

async function create(
  given: { email: string; username: string },
  rights: { staff: boolean; superuser: boolean },
  operator: Operator,
): Promise<void> {
  const user = checked({ ...given, password: await newPassword(operator) })
  const { email, username } = user
  const id = randomUUIDv7()
  const passwordHash = await hashPassword(user.password)
  const flags = { isStaff: rights.staff || rights.superuser, isSuperuser: rights.superuser }
  await db.transaction(async () => {
    const made = await insertAccount({ id, email, username, passwordHash, ...flags })
    if (!made) throw new Error(`Taken: ${(await takenFields(email, username, id)).join(', ')}`)
    await note('create', id, null, { by: 'operator', ...rights })
  })
  operator.say(`Made ${username}, ${id}`)
}

async function setPassword(email: string, operator: Operator): Promise<void> {
  const account = await findByEmail(email.normalize('NFKC').trim().toLowerCase())
  if (!account) throw new Error('There is no such user')
  const { id, username, password_hash: old } = account
  const user = checked({ email: account.email, username, password: await newPassword(operator) })
  const passwordHash = await hashPassword(user.password)
  await db.transaction(async () => {
    await setPasswordHash(id, old, passwordHash)
    await endSessions(id)
    await note('update', id, null, { by: 'operator', changed: ['password'] })
  })
  operator.say(`Set the password of ${username}; all sessions have ended`)
}

async function newPassword(operator: Operator): Promise<string> {
  const password = await operator.askSecret('Password: ')
  if (password !== (await operator.askSecret('Once more: ')))
    throw new Error('The two passwords differ')
  return password
}

function checked(user: { email: string; username: string; password: string }) {
  const result = NewUser.safeParse(user)
  if (result.success) return result.data
  const faults = fieldErrors(result.error).map((it) => `${it.field} ${it.message}`)
  throw new Error(faults.join('\n'))
}

let piped: Promise<string> | undefined

/** Standard input whole, as lines asked for one by one would be lost between readers. */
function firstLine(): Promise<string> {
  piped ??= (async () => {
    const chunks: Buffer[] = []
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks).toString().split(/\r?\n/, 1)[0] ?? ''
  })()
  return piped
}

async function read(question: string, output: Writable): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  lines.on('SIGINT', () => process.exit(130))
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

const terminal: Operator = {
  ask(question) {
    if (process.stdin.isTTY) return read(question, process.stderr)
    throw new Error(`Without a terminal, give --${question.split(':')[0]?.toLowerCase()}`)
  },
  async askSecret(question) {
    if (!process.stdin.isTTY) return firstLine()
    process.stderr.write(question)
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const answer = await read('', silent)
    process.stderr.write('\n')
    return answer
  },
  say: (text) => console.log(text),
}
