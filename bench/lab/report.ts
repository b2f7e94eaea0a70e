import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { join } from 'node:path'

export type Row = Record<string, string>

export type Table = {
  /** Also the name of its file. */
  name: string
  title: string
  rows: readonly Row[]
  notes: readonly string[]
}

const folder = join(import.meta.dirname, '../results')

/** Prints a table and keeps it, with what machine it is of, under `bench/results/`. */
export function report(table: Table, loadBefore: number): void {
  const text = [
    `# ${table.title}`,
    '',
    markdown(table.rows),
    '',
    ...table.notes.map((it) => `- ${it}`),
    `- ${machine(loadBefore)}`,
    '',
  ].join('\n')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${table.name}.md`), text)
  process.stdout.write(`${text}\n`)
}

function markdown(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((it) => Object.keys(it)))]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(names),
    line(names.map(() => '---')),
    ...rows.map((row) => line(names.map((name) => row[name] ?? ''))),
  ].join('\n')
}

function machine(loadBefore: number): string {
  const [first] = cpus()
  const load = `${loadBefore.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after`
  return [
    new Date().toISOString().slice(0, 16).replace('T', ' '),
    `${cpus().length} cores ${first?.model.trim() ?? ''}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release()}`,
    `Node ${process.version.slice(1)}`,
    `commit ${commit()}`,
    `load ${load}`,
  ].join(', ')
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
