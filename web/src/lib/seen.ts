import { keep } from './tabs.ts'

/** One shelf of them. */
const MOST = 4

/** Ids of products that were looked at in this browser, newest first; nobody else is told of them. */
export function seenIds(): number[] {
  return (keep.get('seen') ?? '').split(',').map(Number).filter(Boolean)
}

export function noteSeen(id: number): void {
  const ids = new Set([id, ...seenIds()])
  keep.set('seen', [...ids].slice(0, MOST).join(','))
}
