/** Columns of a line. */
const WIDTH = 100

/**
 * A manifest with one more endpoint: its import in order, its name at the end of the list.
 * @throws Error when the manifest is written in another way
 */
export function withEndpointNamed(manifest: string, key: string, name: string): string {
  const line = `import * as ${key} from './${name}.ts'`
  const imports = [...manifest.matchAll(/^import .* from '(\.\/[^']+)'$/gm)]
  const next = imports.find(([, path = '']) => path > `./${name}.ts`)
  const last = [...manifest.matchAll(/^import .*$/gm)].at(-1)
  const at = next?.index ?? (last ? last.index + last[0].length + 1 : 0)
  const imported = `${manifest.slice(0, at)}${line}\n${manifest.slice(at)}`
  const end = /^ {2}endpoints: \{\n(?: {4}.*\n)*/m.exec(imported)
  if (!end) throw new Error('service.ts has no list of endpoints that can be added to')
  const place = end.index + end[0].length
  return `${imported.slice(0, place)}    ${key},\n${imported.slice(place)}`
}

/** The catalog with one more service. */
export function withService(catalog: string, name: string): string {
  const imports = [...catalog.matchAll(/^import .*$/gm)]
  const next = imports.find(([line]) => (/from '(.*)'/.exec(line)?.[1] ?? '') > `./${name}/`)
  const last = imports.at(-1)
  const at = next?.index ?? (last ? last.index + last[0].length + 1 : 0)
  const line = `import { ${name} } from './${name}/service.ts'\n`
  return `${catalog.slice(0, at)}${line}${catalog.slice(at)}`.replace(
    /^(export const services = )\[([^\]]*)\](.*)$/m,
    (_, head: string, listed: string, tail: string) => {
      const names = [...listed.split(',').map((it) => it.trim()), name].filter((it) => it !== '')
      const short = `${head}[${names.join(', ')}]${tail}`
      return short.length <= WIDTH
        ? short
        : `${head}[\n${names.map((it) => `  ${it},\n`).join('')}]${tail}`
    },
  )
}
