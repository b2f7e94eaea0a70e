import { get } from './query.ts'

/** The account of whoever is signed in. */
export const me = get('GET /api/v1/users/me/', { as: 'user' })
