import { randomUUIDv7 } from 'node:crypto'
import { availableParallelism } from 'node:os'
import pg from 'pg'
import { hashPassword } from '../../functions/auth/hashing.ts'
import { compare } from '../lab/compare.ts'
import { post } from '../lab/drive.ts'
import type { Table } from '../lab/report.ts'
import type { BenchShop } from '../lab/shop.ts'

const ACCOUNTS = 2000
const password = 'a hundred sunny teapots'

/** Signing in, beside argon2id alone: its limits on guesses count, its sessions are kept. */
export async function signIn(shop: BenchShop): Promise<Table> {
  const souk = await shop.service('auth')
  const threads = { UV_THREADPOOL_SIZE: String(availableParallelism()) }
  const argon = await shop.peer('argon', threads)
  await makeAccounts(shop.url('auth'))
  const requests = (n: number) => {
    const at = n % ACCOUNTS
    return post(
      '/api/v1/token/',
      { email: `${at}@example.com`, password },
      { 'x-forwarded-for': `10.0.${at >> 8}.${at & 255}` },
    )
  }
  try {
    return await compare({
      name: 'sign-in',
      title: 'Signing in',
      base: 'argon2id alone',
      connections: 16,
      sides: [
        { name: 'argon2id alone', port: argon.port, pids: [argon.pid], requests },
        { name: 'souk', port: souk.port, pids: [souk.pid], requests },
      ],
      notes: [
        'Hashes of m = 19456 KiB, t = 2, p = 1, as many at once as cores. Souk also looks up the account, counts the try, opens a session and signs two tokens.',
      ],
    })
  } finally {
    await Promise.all([souk.stop(), argon.stop()])
  }
}

async function makeAccounts(url: string): Promise<void> {
  const hash = await hashPassword(password)
  const names = Array.from({ length: ACCOUNTS }, (_, at) => String(at))
  const client = new pg.Client(url)
  await client.connect()
  await client.query(
    `insert into account (id, email, username, password_hash)
     select id, name || '@example.com', 'bench-' || name, $3
     from unnest($1::uuid[], $2::text[]) as it (id, name)
     on conflict do nothing`,
    [names.map(() => randomUUIDv7()), names, hash],
  )
  await client.end()
}
