import { parseArgs } from 'node:util'
import { startLoad } from './load.ts'
import { tell } from './report.ts'
import { calm, consul, kill, postgres, rolling, type Scenario, scaling } from './scenarios.ts'

/**
 * Does something to the running stack of docker-compose.yml while requests come in, and counts what
 * failed: docs/containers.md. Exits 1 when more failed than may.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'http://localhost' },
    rate: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '1' },
    services: { type: 'string' },
  },
})
const scenarios = { calm, rolling, kill, consul, postgres, scale: scaling } as const
const [name = ''] = positionals
if (!(name in scenarios)) {
  console.error(`node gateway/testing/chaos.ts ${Object.keys(scenarios).join('|')}`)
  process.exit(2)
}
const { SU_EMAIL: email = '', SU_PASSWORD: password = '' } = process.env
const make = scenarios[name as keyof typeof scenarios]
const scenario: Scenario = make({
  seconds: Number(values.seconds),
  rounds: Number(values.rounds),
  ...(values.services && { services: values.services.split(',') }),
})

await scenario.prepare()
const load = await startLoad({ url: values.url, email, password }, Number(values.rate))
const isWell = await scenario.during(load).catch((error) => {
  console.error(error)
  return false
})
const report = await load.stop()
const isSound = tell(report) || (scenario.mayFail && report.carts.asked === report.carts.held)
process.exitCode = isWell && isSound ? 0 : 1
