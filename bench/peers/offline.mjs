/**
 * serverless-offline as a library. It is a plugin; Serverless itself (version 4) asks for a login before
 * it runs anything, so what it tells a plugin is told here.
 */
import ServerlessOffline from 'serverless-offline'

const nothing = () => undefined
const log = { get: () => log }
for (const level of ['error', 'notice', 'warning', 'info', 'debug', 'verbose', 'success'])
  log[level] = Object.assign(() => undefined, { success: nothing })

/** Serves functions, as serverless.yml would name them, from files in `folder`. */
export async function offline({ folder, functions, port, lambdaPort, inProcess }) {
  const serverless = {
    version: '4.0.0',
    serviceDir: folder,
    configurationInput: {},
    config: { serverlessPath: '', servicePath: folder },
    configSchemaHandler: new Proxy({}, { get: () => nothing }),
    service: {
      service: 'bench',
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
    lambdaPort,
    noPrependStageInUrl: true,
    useInProcess: inProcess,
    localEnvironment: true,
  }
  const tools = { log, progress: log, writeText: nothing }
  await new ServerlessOffline(serverless, options, tools).hooks['offline:start:init']()
}
