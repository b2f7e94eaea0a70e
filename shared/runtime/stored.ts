import { responses } from '../data/cache.ts'
import type { Peek } from './fast.ts'

/** The services' own stores, as a host asks them. */
export const storedResponses: Peek = (contract, key) => responses(contract.service).peek(key)
