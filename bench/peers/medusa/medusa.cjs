/**
 * Serves Medusa on `PORT`. With `SOURCE_URL` it fills its database with the products it finds there
 * instead, prints the key that its API asks for, and ends.
 */
process.env.MEDUSA_DISABLE_TELEMETRY = 'true'
process.chdir(__dirname)
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')

const cli = join(__dirname, 'node_modules/@medusajs/cli/cli.js')
if (process.env.SOURCE_URL)
  for (const args of [
    ['db:migrate', '--skip-scripts'],
    ['exec', './fill.cjs'],
  ]) {
    const { status } = spawnSync(process.execPath, [cli, ...args], {
      stdio: ['ignore', 'ignore', 2],
    })
    if (status !== 0) process.exit(1)
  }
else
  require('@medusajs/medusa/commands/start').default({
    directory: __dirname,
    host: '127.0.0.1',
    port: Number(process.env.PORT),
    types: false,
  })
