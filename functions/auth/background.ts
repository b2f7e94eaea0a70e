import { client } from '../../discovery/client.ts'
import { relay } from '../../shared/data/outbox-relay.ts'
import type { Background } from '../../shared/http/service.ts'
import { db } from './queries/accounts.ts'

/** Tells the other services of renamed and deleted users. */
export const relayEvents: Background = (signal) => relay(db, client('auth').deliver, { signal })
