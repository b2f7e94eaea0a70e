import { stringify } from 'yaml'

/** YAML as it is committed: with a word on where it is from, long lines whole, nothing by reference. */
export function yaml(...documents: unknown[]): string {
  const head = '# Made from functions/catalog.ts by `npm run derive`; a test keeps it fresh.\n'
  const texts = documents.map((it) => stringify(it, { lineWidth: 0, aliasDuplicateObjects: false }))
  return head + texts.join('---\n')
}
