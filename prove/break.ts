import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestServers } from '../shared/testing/servers.ts'
import type { Breakage } from './breakages/breakage.ts'
import { breakages } from './breakages.vectors.ts'

const root = join(import.meta.dirname, '..')
const MINUTES = 3
/** Milliseconds for one test: one that hangs has noticed. */
const LONGEST = 90_000

/**
 * `npm run prove:break [-- B7]`: breaks a copy of the system in one way after the other; each time the
 * test of that claim has to fail. Exit code 0 when all did.
 */
async function main(ids: string[]): Promise<number> {
  const servers = await openTestServers()
  const copy = mkdtempSync(join(tmpdir(), 'souk-broken-'))
  cpSync(root, copy, {
    recursive: true,
    filter: (path) => !/[/\\](node_modules|dist|logs|\.git|\.souk)$/.test(path),
  })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  let unnoticed = 0
  const rows = new Map<string, string>()
  for (const breakage of breakages.filter((it) => ids.length === 0 || ids.includes(it.id))) {
    const restore = apply(copy, breakage)
    const { noticed, told } = run(copy, breakage)
    restore()
    // A test that fails of itself, on a machine that others overload, has noticed nothing.
    const isSound = noticed && run(copy, breakage).passed
    if (!isSound) unnoticed++
    const said = isSound ? told : noticed ? '**fails unbroken too**' : '**nobody noticed**'
    const row = `| ${breakage.id} | ${breakage.what} | ${said} |`
    console.log(row)
    rows.set(breakage.id, row)
    keep(rows)
  }
  rmSync(copy, { recursive: true, force: true })
  await servers.stop()
  return unnoticed
}

/** Keeps what tests said in the document, beside what others said in earlier runs. */
function keep(rows: ReadonlyMap<string, string>): void {
  const file = join(root, 'docs/proof.md')
  const text = readFileSync(file, 'utf8')
  const [begin, end] = ['<!-- broken -->\n', '<!-- /broken -->']
  const [before = '', rest = ''] = text.split(begin)
  const [table = '', after = ''] = rest.split(end)
  const all = new Map(
    [...table.matchAll(/^\| (B\w+) \|.*$/gm)].map(([row, id = '']) => [id, row] as const),
  )
  for (const [id, row] of rows) all.set(id, row)
  const known = breakages.map((it) => all.get(it.id)).filter((it) => it !== undefined)
  const head = '| claim | broken | what its test said |\n|---|---|---|\n'
  writeFileSync(file, `${before}${begin}${head}${known.join('\n')}\n${end}${after}`)
}

/** Edits the copy; the result takes it back. */
function apply(copy: string, { id, edits }: Breakage): () => void {
  const before = edits.map(({ file }) => [file, readFileSync(join(copy, file), 'utf8')] as const)
  for (const { file, from, to } of edits) {
    const text = readFileSync(join(copy, file), 'utf8')
    if (!text.includes(from)) throw new Error(`${id}: ${file} has changed: ${from}`)
    writeFileSync(join(copy, file), text.replace(from, to))
  }
  return () => {
    for (const [file, text] of before.toReversed()) writeFileSync(join(copy, file), text)
  }
}

function run(copy: string, { test, only, isFull }: Breakage) {
  const name = only === undefined ? [] : [`--test-name-pattern=${only}`]
  const { NODE_TEST_CONTEXT: _own, ...env } = process.env
  const done = spawnSync(
    process.execPath,
    ['--test', '--test-force-exit', `--test-timeout=${LONGEST}`, ...name, test],
    {
      cwd: copy,
      env: { ...env, PROVE: isFull ? 'full' : 'part' },
      encoding: 'utf8',
      timeout: MINUTES * 60_000,
      killSignal: 'SIGKILL',
    },
  )
  const failing = done.stdout.split('failing tests:').at(-1) ?? ''
  const told = failing
    .split('\n')
    .map((it) => it.trim())
    .filter(
      (it) =>
        !/^(test at|✖|at |[{}[\]]|\+ actual|generatedMessage|code:|actual:|'test failed')/.test(
          it,
        ) && !/^[+-]?\s*[[\]{}(),]*$/.test(it),
    )
    .map((it) => it.replace('AssertionError [ERR_ASSERTION]: ', ''))
    .slice(0, 2)
    .join(' ')
    .replaceAll('|', '\\|')
    .slice(0, 180)
  return { passed: done.status === 0, noticed: done.status === 1 && failing !== done.stdout, told }
}

process.exit(await main(process.argv.slice(2)))
