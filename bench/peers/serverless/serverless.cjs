const { join, relative } = require('node:path')

// What `serverless offline` reads: one function, `BENCH_HANDLER` of `BENCH_FOLDER`, at `BENCH_PATH`.
const { BENCH_FOLDER, BENCH_HANDLER, BENCH_PATH, LAMBDA_PORT, PORT } = process.env
module.exports = {
  service: 'bench',
  frameworkVersion: '3',
  plugins: ['serverless-offline'],
  provider: { name: 'aws', runtime: 'nodejs20.x', httpApi: { payload: '2.0' } },
  functions: {
    one: {
      handler: join(relative(__dirname, BENCH_FOLDER), BENCH_HANDLER),
      events: [{ httpApi: { method: 'GET', path: BENCH_PATH } }],
      // Its default is 6 s; a first call that loads a bundle in fifty threads at once takes longer.
      timeout: 29,
    },
  },
  custom: {
    'serverless-offline': {
      host: '127.0.0.1',
      httpPort: Number(PORT),
      lambdaPort: Number(LAMBDA_PORT),
      // The function finds its database there.
      localEnvironment: true,
    },
  },
}
