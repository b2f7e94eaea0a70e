import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { openTestServers } from './servers.ts'
import { ways } from './through.ts'

type Counts = { passed: number; failed: number; skipped: number }

/** More than so many is no matter of a busy machine. */
const MOST_AGAIN = 8

const everything = '{functions,shared,discovery,gateway,web,prove}/**/*.test.ts'

/** What has to do with servers; tests of the kit start their own. */
const withServers = '{functions/*,functions/!(kit|dev)/**/*,shared/{data,http}/**/*}.test.ts'

/**
 * `npm test [-- [--through way] files]`: servers, all tests or those named, and as the last line what
 * came of it.
 */
async function main(args: string[]): Promise<number> {
  const options = { through: { type: 'string' } } as const
  const { values, positionals: files } = parseArgs({ args, options, allowPositionals: true })
  const through = ways.find((it) => it === values.through)
  if (values.through && !through) throw new Error(`--through is one of ${ways.join(', ')}`)
  const servers = await openTestServers(through)
  const counts = await runFiles(
    files.length ? { files } : { globPatterns: [through ? withServers : everything] },
    availableParallelism(),
  )
  const again = [...counts].filter(([, it]) => it.failed > 0).map(([file]) => file)
  if (again.length > 0 && again.length <= MOST_AGAIN) {
    // Limits of time hold for a test that has the machine to itself; said aloud, never hidden.
    console.log(`\nFailed beside others, run again alone:\n${again.join('\n')}\n`)
    for (const [file, it] of await runFiles({ files: again }, 1)) counts.set(file, it)
  }

  for (const line of [...(await servers.stop()), ...servers.missing]) console.log(line)
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const it of counts.values()) {
    total.passed += it.passed
    total.failed += it.failed
    total.skipped += it.skipped
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  return total.failed === 0 && total.passed > 0 ? 0 : 1
}

/** Runs test files and tells what came of each; one that crashed counts as a failed test. */
async function runFiles(
  what: { files: string[] } | { globPatterns: string[] },
  concurrency: number,
): Promise<Map<string, Counts>> {
  const counts = new Map<string, Counts>()
  const events = run({ ...what, concurrency })
  events.on('test:summary', ({ file, success, counts: them }) => {
    // One comes for each file, and one without a file for all of them.
    if (file === undefined) return
    const failed = them.tests - them.passed - them.skipped
    counts.set(file, {
      passed: them.passed,
      failed: success ? failed : Math.max(1, failed),
      skipped: them.skipped,
    })
  })
  // A file that dies before it can sum up is told as a failed test of that name.
  events.on('test:fail', ({ name, nesting }) => {
    if (nesting === 0 && name.endsWith('.test.ts'))
      counts.set(resolve(name), { passed: 0, failed: 1, skipped: 0 })
  })
  const report = events.compose(new spec())
  report.pipe(process.stdout, { end: false })
  await once(report, 'end')
  return counts
}

process.exit(await main(process.argv.slice(2)))
