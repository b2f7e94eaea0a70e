import { run } from 'node:test'
import { MEASURED } from '../shared/testing/proof.ts'
import type { Proof } from './table.ts'

export type Result = {
  passed: number
  failed: number
  /** Tests that this machine has not what it takes for. */
  skipped: number
  /** What tests told of themselves. */
  measured: string[]
  /** Seeds of random tests, to repeat them by. */
  seeds: string[]
  seconds: number
}

/** A test that hangs must not hold the others up for ever; milliseconds. */
const LONGEST = 25 * 60_000

/** Runs the tests of one claim in processes of their own; what they print comes through. */
export async function runTests(proof: Proof, tell: (line: string) => void): Promise<Result> {
  const result: Result = { passed: 0, failed: 0, skipped: 0, measured: [], seeds: [], seconds: 0 }
  const began = performance.now()
  const { files, only, atOnce = 1 } = proof
  const filter = only === undefined ? {} : { testNamePatterns: [new RegExp(only)] }
  const events = run({ files, concurrency: atOnce, timeout: LONGEST, ...filter })
  events.on('test:diagnostic', ({ message }) => {
    if (message.startsWith(MEASURED)) result.measured.push(message.slice(MEASURED.length))
    if (message.startsWith('SEED=')) result.seeds.push(message)
  })
  events.on('test:pass', ({ details, skip }) => {
    if (details.type === 'suite') return
    if (skip === undefined) result.passed++
    else result.skipped++
  })
  events.on('test:fail', ({ name, file, details }) => {
    if (details.type === 'suite') return
    result.failed++
    const { error } = details
    const cause = error.cause instanceof Error ? error.cause : error
    tell(`  failed: ${name}, ${file}\n${cause.stack ?? cause.message}`)
  })
  events.on('test:stderr', ({ message }) => tell(message.trimEnd()))
  for await (const _event of events);
  result.seconds = (performance.now() - began) / 1000
  return result
}
