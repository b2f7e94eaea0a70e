/** serverless-offline with the echo functions, on the port given. */
import { offline } from './offline.mjs'

const port = Number(process.argv[2])
const functions = {
  echo: { name: 'echo', handler: 'functions.echo', events: [{ httpApi: '*' }] },
  give: {
    name: 'give',
    handler: 'functions.give',
    events: [{ httpApi: { method: 'GET', path: '/give/{n}' } }],
  },
}
for (const method of ['GET', 'POST', 'PUT'])
  functions.echo.events.push({ httpApi: { method, path: '/capture/{value}' } })

await offline({
  folder: import.meta.dirname,
  functions,
  port,
  lambdaPort: port + 1,
  inProcess: true,
})
process.send?.('ready')
