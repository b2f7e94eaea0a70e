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
    parts.push('| endpoint | file | who | does |', '|---|---|---|---|')
    for (const { contract } of Object.values(service.endpoints)) {
      const file = `${service.name}/${contract.name}.ts`
      const cells = [
        `\`${contract.method} ${contract.path}\``,
        `[${contract.name}](${file})`,
        contract.access,
        contract.summary.replaceAll('|', '\\|'),
      ]
      parts.push(`| ${cells.join(' | ')} |`)
    }
  }
  return `${parts.join('\n')}\n`
}
