import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import type { Result } from './run-tests.ts'
import type { Proof } from './table.ts'

export type Line = { proof: Proof; result: Result }

const FILE = join(import.meta.dirname, '../docs/proof-results.md')

export function held({ passed, failed }: Result): boolean {
  return failed === 0 && passed > 0
}

/** A row of the summary; `how` says of a claim that it was not run beside all others. */
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
    (held(result) ? 'holds' : '**fails**') + how,
  ]
  return `| ${cells.map((it) => it.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`
}

export const head = `| id | what | has to hold | measured | s | verdict |\n|---|---|---|---|---|---|`

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

/** Keeps the whole run beside the documents, with the machine it is of. */
export function keep(lines: readonly Line[], all: number, minutes: number): void {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const load = (loadavg()[0] ?? 0).toFixed(1)
  const good = lines.filter((it) => held(it.result)).length
  writeFileSync(
    FILE,
    `# What \`npm run prove\` found

Made by the last whole run, ${new Date().toISOString().slice(0, 10)}: ${good} of ${all} claims hold, ${minutes.toFixed(0)} minutes, Node ${process.versions.node},
${availableParallelism()} cores (${model}), load ${load} at the end. What each test is and how it was made to fail: [proof.md](proof.md).
Where the verdict says *again*, the claim was run by itself after that, and the row is of that run.

${head}
${lines.map((it) => row(it)).join('\n')}
`,
  )
}

/** Puts what a claim gave by itself into the place of what it gave in the whole run. */
export function replace(line: Line): void {
  const rows = readFileSync(FILE, 'utf8').split('\n')
  const at = rows.findIndex((it) => it.startsWith(`| ${line.proof.id} |`))
  if (at < 0) throw new Error(`no whole run has told of ${line.proof.id}`)
  rows[at] = row(line, ', again')
  writeFileSync(FILE, rows.join('\n'))
}
