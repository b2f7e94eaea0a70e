import pg from 'pg'

/** Whether a statement failed at this constraint, or at any foreign key. */
export function violates(error: unknown, constraint: string | 'foreign key'): boolean {
  if (!(error instanceof pg.DatabaseError)) return false
  return constraint === 'foreign key' ? error.code === '23503' : error.constraint === constraint
}
