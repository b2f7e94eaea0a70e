import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Kit, openKit } from '../../functions/kit/kit-lab.ts'
import { freePorts } from '../../shared/testing/shop.ts'
import { spread } from '../lab/compare.ts'
import type { Row, Table } from '../lab/report.ts'

const TIMES = Number(process.env.TIMES ?? 25)
const PATIENCE_MS = 20_000

/** What a developer waits for: a saved file's answer, and a function called from nothing. */
export async function dev(): Promise<Table> {
  const kit = await openKit({ copy: true })
  try {
    const saves = await saveToServed(kit)
    const rows = [rowOf('`npm run dev`, from a save to its answer', saves), ...(await calls(kit))]
    return {
      name: 'dev',
      title: 'What a developer waits for',
      rows,
      notes: [
        `Median (least–most) of ${TIMES} times each, milliseconds, one after the other.`,
        'A save: a function of the product service is written, and asked for through the gateway every 5 ms until it says the new text.',
        'A call: `GET /api/v1/products/?limit=2`, from the start of the process to its end, with the database running.',
      ],
    }
  } finally {
    await kit.close()
  }
}

async function saveToServed(kit: Kit): Promise<number[]> {
  const [port = 0, from = 0] = await freePorts(2)
  const shop = kit.launch(['dev', '--port', String(port), '--services-from', String(from)])
  await shop.says(/The shop is open/, PATIENCE_MS * 3)
  const source = join(kit.folder, 'functions/product/get-product.ts')
  const text = readFileSync(source, 'utf8')
  const took: number[] = []
  for (let at = 0; at <= TIMES; at++) {
    const said = `save ${at}`
    // As somebody who saves, not as a machine that does: the process before has ended.
    await pause(1500)
    const began = performance.now()
    writeFileSync(source, text.replace("fail('not_found')", `fail('not_found', '${said}')`))
    await answered(`http://127.0.0.1:${port}/api/v1/products/2000000000/`, said)
    // The first is a warm-up.
    if (at > 0) took.push(performance.now() - began)
  }
  writeFileSync(source, text)
  await shop.end()
  return took
}

async function answered(url: string, said: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (performance.now() < until) {
    const answer = await fetch(url)
    if ((await answer.text()).includes(said)) return
    await pause(5)
  }
  throw new Error(`${said} was not served`)
}

async function calls(kit: Kit): Promise<Row[]> {
  prepareCalls(kit)
  const call = ['invoke', '--', 'GET', '/api/v1/products/?limit=2']
  const node = ['--', 'functions/cli.ts', 'invoke', ...call.slice(2)]
  const rows: Row[] = []
  const kinds = [
    ['`npm run invoke`, from nothing', 'npm', ['run', ...call]],
    ['the same without npm', process.execPath, node],
    ['npm and Node alone: `npm run nothing`, which is `node -e 0`', 'npm', ['run', 'nothing']],
    ['Node alone: `node -e 0`', process.execPath, ['-e', '0']],
  ] as const
  const took = kinds.map((): number[] => [])
  for (let at = 0; at <= TIMES; at++)
    for (const [kind, [, command, args]] of kinds.entries()) {
      const ms = await timed(kit, command, args)
      if (at > 0) took[kind]?.push(ms)
    }
  for (const [kind, [name]] of kinds.entries()) rows.push(rowOf(name, took[kind] ?? []))
  return rows
}

/** As beside a running shop: its note, and a script of npm's that does nothing. */
function prepareCalls({ folder, environment }: Kit): void {
  const note = JSON.stringify({ pid: process.pid, environment: {} })
  writeFileSync(join(environment.SOUK_HOME ?? '', 'running.json'), note)
  const file = join(folder, 'package.json')
  const own = JSON.parse(readFileSync(file, 'utf8'))
  own.scripts.nothing = 'node -e 0'
  writeFileSync(file, JSON.stringify(own))
}

async function timed(kit: Kit, command: string, args: readonly string[]): Promise<number> {
  const began = performance.now()
  const child = spawn(command, args, {
    cwd: kit.folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...kit.environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${code}\n${said}`)
  return performance.now() - began
}

function rowOf(what: string, took: readonly number[]): Row {
  return { what, ms: spread(took) }
}
