/** A function that always gives the same 8 KB, as a product page would be. */
const results = Array.from({ length: 20 }, (_, at) => ({ id: at + 1, name: 'x'.repeat(385) }))
const body = JSON.stringify({ count: 20, next: null, previous: null, results })
const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }

export const handler = async () => ({ statusCode: 200, headers, body })
