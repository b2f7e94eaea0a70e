import type { User } from '../../shared/http/contract.ts'

export function isStaff(user: User): boolean {
  return user.isStaff || user.isSuperuser
}

/** Why a write that asked for the author found nothing: a hidden review is nobody's business. */
export function whyNot(
  found: { hidden: boolean } | undefined,
  user: User,
): 'not_found' | 'forbidden' {
  return found && (!found.hidden || isStaff(user)) ? 'forbidden' : 'not_found'
}

/** The envelope of a list whose results are JSON already. */
export function pageText(
  count: number,
  links: { next: string | null; previous: string | null },
  results: string,
  more = '',
): string {
  const { next, previous } = links
  const around = `"next":${JSON.stringify(next)},"previous":${JSON.stringify(previous)}`
  return `{"count":${count},${around},"results":${results}${more}}`
}
