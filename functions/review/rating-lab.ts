import { type ChildProcess, fork } from 'node:child_process'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { once } from '../../shared/data/outbox.ts'
import { database, useDatabase } from '../../shared/data/postgres.ts'
import { RatingChanged } from './model.ts'
import { relayEvents } from './relaying.ts'

/**
 * Relay and consumer as processes that a test can kill: `node rating-lab.ts relay <database>` and
 * `node rating-lab.ts consumer <database> <port>`. The consumer does what the product service does,
 * and notes each event it applied.
 */
export type Role = 'relay' | 'consumer'

/** Starts a process and resolves when it works. */
export async function startLab(role: Role, ...args: string[]): Promise<ChildProcess> {
  // Set by the first call that a process answers, and only there.
  const { AWS_LAMBDA_MAX_CONCURRENCY: _own, ...env } = process.env
  const child = fork(fileURLToPath(import.meta.url), [role, ...args], { stdio: 'inherit', env })
  await new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`${role} ended with ${code}`)))
  })
  return child
}

/** Kills it as a crash would: nothing is finished, nothing said. */
export async function crash(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

/** The consumer's tables, beside those of every service. */
export const consumerTables = `
  create table applied (event_id uuid not null, product_id integer not null, version bigint not null);
  create table rank (product_id integer primary key, mean text, count integer, version bigint)`

async function consume(port: number): Promise<void> {
  const db = database('consumer')
  const server = createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const { id, payload } = JSON.parse(Buffer.concat(chunks).toString())
      await once(db, id, () => apply(id, payload))
      // The worst moment to die: it is done, and nobody was told.
      if (Math.random() < 0.2) request.socket.destroy()
      else response.writeHead(204).end()
    } catch {
      response.writeHead(503).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
}

async function apply(id: string, payload: unknown): Promise<void> {
  const { product_id, mean, count, version } = RatingChanged.parse(payload)
  const { sql } = database('consumer')
  await sql`insert into applied values (${id}, ${product_id}, ${version})`
  await sql`
    insert into rank as r values (${product_id}, ${mean}, ${count}, ${version})
    on conflict (product_id) do update
    set mean = excluded.mean, count = excluded.count, version = excluded.version
    where r.version < excluded.version`
}

async function main([role, url = '', port]: string[]): Promise<void> {
  if (role === 'consumer') {
    await useDatabase('consumer', url)
    await consume(Number(port))
  } else {
    await useDatabase('review', url)
    void relayEvents(new AbortController().signal)
  }
  process.on('disconnect', () => process.exit())
  process.send?.('ready')
}

if (import.meta.main) await main(process.argv.slice(2))
