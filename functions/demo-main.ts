import { database } from '../shared/data/postgres.ts'
import { loadShelves } from './demo.ts'

/** The demo's products and reviews as a process of its own, beside the databases of a running shop. */
await loadShelves((text) => console.log(text))
await Promise.all([database('product').close(), database('review').close()])
