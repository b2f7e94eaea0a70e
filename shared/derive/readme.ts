import type { Service } from '../http/service.ts'

/** The page that leads from a path to its file: `functions/README.md`, Markdown. */
export function endpointTable(services: readonly Service[]): string {
  const parts = [
    '# Endpoints',
    '',
    'One endpoint is one file: its contract on top, its work below. Made from the catalog by',
    '`npm run derive`; a test keeps it fresh.',
  ]
  for (const service of services) {
    parts.push('', `## ${service.name}, port ${service.port}`, '', service.about, '')
    const rows = Object.values(service.endpoints).map(({ contract }) => [
      `\`${contract.method} ${contract.path}\``,
      `[${contract.name}](${service.name}/${contract.name}.ts)`,
      contract.access,
      contract.summary.replaceAll('|', '\\|'),
    ])
    parts.push(...table(['endpoint', 'file', 'who', 'does'], rows))
  }
  return `${parts.join('\n')}\n`
}

/** Columns of equal width, as the formatter of the project has them. */
function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0), 3),
  )
  const line = (row: string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((it) => '-'.repeat(it))), ...rows.map(line)]
}
