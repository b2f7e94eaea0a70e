import { spread } from '../lab/compare.ts'
import { drive } from '../lab/drive.ts'
import { type Poured, pour } from '../lab/pour.ts'
import type { Row, Table } from '../lab/report.ts'
import { type BenchShop, PRODUCTS } from '../lab/shop.ts'
import { once, pagePath } from './uncached.ts'

const ROUNDS = 5
const SECONDS = 6
/** As a gateway keeps them: Node takes but one new connection in each turn of its event loop. */
const CONNECTIONS = 1000
/** A calm load, by which recovery is told. */
const CALM = 0.4

type Round = {
  rated: number
  goodput: number
  refused: number
  broken: number
  late: number
  refusal: number
  served: number
  recovery: number
}

/** Three times as many requests as the service can answer, and what becomes of them and after them. */
export async function backpressure(shop: BenchShop): Promise<Table> {
  const served = await shop.service('product')
  const { port } = served
  let at = 0
  const pages = once(PRODUCTS - 20, pagePath)
  const requests = () => pages(at++)
  const rounds: Round[] = []
  try {
    await drive(port, requests, 5, 50)
    for (let round = 0; round < ROUNDS; round++) {
      const rated = (await drive(port, requests, 4, 50)).perSecond
      const calm = await pour(port, requests, CALM * rated, 2)
      const flood = await pour(port, requests, 3 * rated, SECONDS, CONNECTIONS)
      const after = await pour(port, requests, CALM * rated, SECONDS)
      rounds.push(roundOf(rated, flood, recovered(after, at99(calm, 200))))
    }
  } finally {
    await served.stop()
  }
  const row = (what: string, part: (it: Round) => number, bar = ''): Row => ({
    what,
    measured: spread(rounds.map(part)),
    bar,
  })
  return {
    name: 'backpressure',
    title: 'Three times the rated load',
    rows: [
      row('rated: most that fifty connections get, requests/s', (it) => it.rated),
      row('good answers under three times as many, of rated', (it) => it.goodput, 'at least 0.8'),
      row('refused by 503 or 429, share', (it) => it.refused),
      row('answered well, but only after the flood, share', (it) => it.late),
      row('neither answered nor refused, share', (it) => it.broken, '0'),
      row('refusal, p99 ms', (it) => it.refusal, 'less than 100'),
      row('good answer, p99 ms', (it) => it.served),
      row('recovered after, s', (it) => it.recovery, 'at most 5'),
    ],
    notes: [
      `Median (least–most) of ${ROUNDS} rounds. Pages of 20 products, none stored; open load for ${SECONDS} s, each request when it is due, on a thousand connections that are there before, as a gateway’s are, and more where that takes them: of new ones Node takes one in each turn of its event loop. The generator shares the two cores.`,
      `Recovered: from then on, under ${CALM} of the rated load, every answer is good and none takes more than twice what the 99th percentile took under that load before.`,
    ],
  }
}

function roundOf(rated: number, flood: Poured[], recovery: number): Round {
  // The first second fills the queues; what came in it was accepted when nothing was too much yet.
  const steady = flood.filter((it) => it.at > 1000)
  // What was answered when the flood was over says nothing of it.
  const good = steady.filter((it) => it.status === 200 && it.at + it.ms < SECONDS * 1000)
  const refused = steady.filter((it) => it.status === 503 || it.status === 429)
  const late = steady.filter((it) => it.status === 200).length - good.length
  return {
    rated,
    goodput: good.length / (SECONDS - 1) / rated,
    refused: refused.length / steady.length,
    broken: (steady.length - good.length - late - refused.length) / steady.length,
    late: late / steady.length,
    refusal: at99(steady, 503, 429),
    served: at99(steady, 200),
    recovery,
  }
}

function at99(poured: readonly Poured[], ...statuses: number[]): number {
  const times = poured
    .filter((it) => statuses.includes(it.status))
    .map((it) => it.ms)
    .sort((a, b) => a - b)
  return times[Math.floor(times.length * 0.99)] ?? Number.NaN
}

/** Seconds until the last answer that was refused or slow had been asked for. */
function recovered(after: readonly Poured[], usual: number): number {
  const slow = after.filter((it) => it.status !== 200 || it.ms > Math.max(50, 2 * usual))
  return slow.reduce((last, it) => Math.max(last, it.at), 0) / 1000
}
