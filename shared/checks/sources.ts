import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export type Source = { path: string; text: string }

const FOLDERS = ['functions', 'shared', 'discovery', 'gateway', 'web', 'bench', 'prove']

/** The project's own source files; paths from its root, with `/`. */
export function sources(ending = /\.(ts|mjs)$/): Source[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((it) => it.isFile() && ending.test(it.name))
      .map((it) => join(it.parentPath, it.name))
      .filter((file) => !/[/\\](node_modules|dist)[/\\]/.test(file))
      .map((file) => ({
        path: relative(root, file).split(sep).join('/'),
        text: readFileSync(file, 'utf8'),
      })),
  )
}

export function isTest(path: string): boolean {
  return /\.test\.ts$/.test(path)
}

/** Whether it is there for tests only: one of them, or what they share. */
export function isForTests(path: string): boolean {
  return isTest(path) || /\/testing\/|-lab\.ts$/.test(path)
}

/** What a source imports from files of ours; `types` when types only. Paths from the root. */
export function importsOf({ path, text }: Source): { target: string; types: boolean }[] {
  const pattern =
    /\b(?:import|export)\s+(type\s)?[^'";]*?from\s+'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'/g
  return [...text.matchAll(pattern)].map(([, types, from, dynamic]) => ({
    target: join(path, '..', from ?? dynamic ?? '')
      .split(sep)
      .join('/'),
    types: types !== undefined,
  }))
}
