import { setTimeout as pause } from 'node:timers/promises'
import type { Load } from './load.ts'
import { byKind } from './report.ts'
import {
  answered,
  compose,
  containers,
  crash,
  docker,
  instances,
  known,
  roll,
  SERVICES,
  scale,
} from './stack.ts'

export type Scenario = {
  /** What must be so before requests begin. */
  prepare(): Promise<void>
  /** What is done while they run; true when its own expectations were met. */
  during(load: Load): Promise<boolean>
  /** Whether a request may fail at all; what may is looked at by `during`. */
  mayFail?: boolean
}

export type Choice = { seconds: number; rounds: number; services?: readonly string[] }

const said = (load: Load, text: string) => console.log(`${load.now().toFixed(1)} s: ${text}`)

async function pairs(): Promise<void> {
  for (const service of SERVICES) await scale(service, 2)
}

/** Nothing is done: what the machine can do by itself. */
export function calm({ seconds }: Choice): Scenario {
  return {
    prepare: pairs,
    async during() {
      await pause(seconds * 1000)
      return true
    },
  }
}

/** Every instance of every service is replaced, round after round. */
export function rolling({ rounds, services = SERVICES }: Choice): Scenario {
  return {
    prepare: pairs,
    async during(load) {
      await pause(3000)
      for (let round = 1; round <= rounds; round++)
        for (const service of services) {
          await roll(service)
          said(load, `${service} replaced, round ${round}`)
        }
      await pause(5000)
      return true
    },
  }
}

/** One of two instances of each service ends without a word. */
export function kill({ rounds, services = SERVICES }: Choice): Scenario {
  return {
    prepare: pairs,
    mayFail: true,
    async during(load) {
      let isWell = true
      await pause(3000)
      for (let round = 1; round <= rounds; round++)
        for (const service of services) {
          const [victim = ''] = await containers(service)
          const before = load.failures().length
          const at = load.now()
          await crash(victim)
          said(load, `${service}: one of two killed`)
          await pause(5000)
          await known(service, 2)
          const failures = load.failures().slice(before)
          const late = failures.filter((it) => it.at > at + EJECTED_SECONDS)
          for (const line of byKind(failures)) said(load, `  ${line}`)
          if (late.length > 0) isWell = false
          said(
            load,
            `${service}: two again; ${failures.length} failed, ${late.length} of them late`,
          )
          await pause(3000)
        }
      return isWell
    },
  }
}

/** The gateway looks every second, for two seconds at most. */
const EJECTED_SECONDS = 3

/** Discovery is away, and a service is restarted meanwhile; then discovery comes back. */
export function consul({ seconds, services: [service = 'product'] = [] }: Choice): Scenario {
  return {
    prepare: pairs,
    async during(load) {
      await pause(3000)
      const [one = ''] = await containers(service)
      await compose('stop', 'consul')
      said(load, 'Consul is gone')
      await pause(seconds * 300)
      await docker('restart', '--time', '45', one)
      said(load, `an instance of ${service} restarted`)
      await pause(seconds * 700)
      await compose('start', 'consul')
      said(load, 'Consul is back')
      await pause(30_000)
      await known(service, 2)
      said(load, `both instances of ${service} are known`)
      return true
    },
  }
}

const DOWN_MS = 8000
const RECOVERY_SECONDS = 5

/** The database of one service after the other is killed, and started again. */
export function postgres({ services = SERVICES }: Choice): Scenario {
  return {
    prepare: async () => {
      for (const service of SERVICES) await scale(service, 1)
    },
    mayFail: true,
    async during(load) {
      let isWell = true
      for (const service of services) {
        await pause(4000)
        const before = load.failures().length
        await compose('kill', '-s', 'SIGKILL', `${service}-db`)
        said(load, `${service}-db killed`)
        await pause(DOWN_MS)
        await compose('start', `${service}-db`)
        const back = load.now()
        said(load, `${service}-db started`)
        await pause(RECOVERY_SECONDS * 1000 + 4000)
        const failures = load.failures().slice(before)
        for (const line of byKind(failures)) said(load, `  ${line}`)
        const last = failures.at(-1)?.at ?? back
        said(
          load,
          `${service}: the last failure came ${(last - back).toFixed(1)} s after the start`,
        )
        const others = failures.filter(({ name }) => OWNER[name] !== service)
        if (last > back + RECOVERY_SECONDS || others.length > 0) isWell = false
      }
      return isWell
    },
  }
}

/** Whose database a request needs. */
const OWNER: Record<string, string> = {
  products: 'product',
  product: 'product',
  'change product': 'product',
  page: 'product',
  reviews: 'review',
  'change review': 'review',
  me: 'auth',
  rename: 'auth',
  cart: 'cart',
  'add to cart': 'cart',
}

/** One becomes three, all of them have traffic, and three become one again. */
export function scaling({ services: [service = 'product'] = [] }: Choice): Scenario {
  return {
    prepare: () => scale(service, 1),
    async during(load) {
      await pause(3000)
      await scale(service, 3)
      said(load, `three instances of ${service}: ${(await instances(service)).join(', ')}`)
      const all = await containers(service)
      const before = await Promise.all(all.map(answered))
      await pause(10_000)
      const after = await Promise.all(all.map(answered))
      const counts = after.map((it, at) => it - (before[at] ?? 0))
      said(load, `requests in 10 s by instance: ${counts.join(', ')}`)
      await compose('up', '-d', '--no-deps', '--no-recreate', '--scale', `${service}=1`, service)
      said(load, 'one again')
      await pause(5000)
      return counts.length === 3 && counts.every((it) => it > 0)
    },
  }
}
