/** What the gateway of development is told: a build failed, or works again. */
export type Told = { souk: 'broken' | 'mended'; text?: string }
