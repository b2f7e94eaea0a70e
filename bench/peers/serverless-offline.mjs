/**
 * serverless-offline with the echo functions, on the port given. It is a plugin; Serverless itself
 * (version 4) asks for a login before it runs anything, so what it tells a plugin is told here.
 */
import { join } from 'node:path'
import ServerlessOffline from 'serverless-offline'

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

const nothing = () => undefined
const log = { get: () => log }
for (const level of ['error', 'notice', 'warning', 'info', 'debug', 'verbose', 'success'])
  log[level] = Object.assign(() => undefined, { success: nothing })
const folder = join(import.meta.dirname)
const serverless = {
  version: '4.0.0',
  serviceDir: folder,
  configurationInput: {},
  config: { serverlessPath: '', servicePath: folder },
  configSchemaHandler: new Proxy({}, { get: () => nothing }),
  service: {
    service: 'fidelity',
    provider: {
      name: 'aws',
      region: 'us-east-1',
      stage: 'dev',
      runtime: 'nodejs22.x',
      httpApi: { payload: '2.0' },
    },
    functions,
    custom: {},
    resources: {},
    getAllFunctions: () => Object.keys(functions),
    getFunction: (name) => functions[name],
    getAllEventsInFunction: (name) => functions[name].events,
  },
}
const options = {
  host: '127.0.0.1',
  httpPort: port,
  lambdaPort: port + 1,
  noPrependStageInUrl: true,
  useInProcess: true,
}
const plugin = new ServerlessOffline(serverless, options, {
  log,
  progress: log,
  writeText: nothing,
})
await plugin.hooks['offline:start:init']()
process.send?.('ready')
