import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import type { Result } from './run-tests.ts'
import { type Proof, proofs } from './table.ts'

export type Line = { proof: Proof; result: Result }

const FILE = join(import.meta.dirname, '../docs/proof-results.md')

export function held({ passed, failed }: Result): boolean {
  return failed === 0 && passed > 0
}

/** A row of the summary; `how` it was run is told behind its verdict. */
export function row({ proof, result }: Line, how = ''): string {
  const { passed, failed, skipped, measured, seconds } = result
  const counts = [`${passed} tests`]
  if (failed > 0) counts.push(`${failed} failed`)
  if (skipped > 0) counts.push(`${skipped} skipped`)
  const cells = [
    proof.id,
    proof.what,
    proof.bar,
    [...summed(measured), counts.join(', ')].join('; '),
    seconds.toFixed(0),
    (loadavg()[0] ?? 0).toFixed(1),
    (held(result) ? 'holds' : '**fails**') + how,
  ]
  return `| ${cells.map((it) => it.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`
}

export const head = `| id | what | has to hold | measured | s | load | verdict |\n|---|---|---|---|---|---|---|`

/** What many tests say in the same words is said once, with its numbers added up. */
export function summed(texts: readonly string[]): string[] {
  const alike = new Map<string, number[][]>()
  for (const text of texts) {
    const shape = text.replace(/\d+/g, '#')
    const numbers = [...text.matchAll(/\d+/g)].map(Number)
    alike.set(shape, [...(alike.get(shape) ?? []), numbers])
  }
  return [...alike].map(([shape, all]) => {
    let at = 0
    return shape.replace(/#/g, () => {
      const sum = all.reduce((sum, numbers) => sum + (numbers[at] ?? 0), 0)
      at++
      return all.length > 1 ? sum.toLocaleString('en') : String(sum)
    })
  })
}

/**
 * Keeps what a claim gave beside the documents, with the machine it is of. `isApart`: run without the
 * others, it takes the place of what it gave before.
 */
export function keep(line: Line, isApart: boolean): void {
  const rows = isApart ? keptRows() : keptRows().slice(0, proofs.indexOf(line.proof))
  const mine = row(line, isApart ? ', apart' : '')
  const idOf = (row: string) => row.split(' ')[1]
  const others = rows.filter((it) => idOf(it) !== line.proof.id)
  const all = proofs.flatMap(({ id }) => [...others, mine].find((it) => idOf(it) === id) ?? [])
  const cells = all.map((it) => it.split(' | '))
  const seconds = cells.reduce((sum, it) => sum + Number(it.at(-3)), 0)
  const good = cells.filter((it) => it.at(-1)?.startsWith('holds')).length
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  writeFileSync(
    FILE,
    `# What \`npm run prove\` found

${new Date().toISOString().slice(0, 10)}: ${good} of ${proofs.length} claims hold; they took ${(seconds / 60).toFixed(0)} minutes together. Node ${process.versions.node}, ${availableParallelism()} cores
(${model}). *Load*: how many tasks wanted those cores when the claim ended; above their number, others worked
beside it. *Apart*: run by itself, not in one run with the others. What each test is and how it was made to fail:
[proof.md](proof.md).

${head}
${all.join('\n')}
`,
  )
}

function keptRows(): string[] {
  return readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((it) => /^\| B\w+ \|/.test(it))
}
