import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { listRecorded, replayOf } from './kit/replay.ts'
import { type Fixture, fixtureOf, play, testText } from './kit/session.ts'
import { firstLine, UsageError, usages } from './kit/usage.ts'

/** Exit code: 0, 1 when there is nothing to record, 2 for what was not understood. */
export async function recordCommand(args: string[]): Promise<number> {
  try {
    const { name, last } = optionsOf(args)
    const recorded = (await listRecorded()).filter((it) => it.as !== 'service').slice(-last)
    const fixtures: Fixture[] = []
    for (const call of recorded) {
      const replay = replayOf(call)
      if (replay.blanked.length > 0)
        console.error(
          `  left out ${call.function} ${call.id}: ${replay.blanked.join(', ')} not kept`,
        )
      else fixtures.push(fixtureOf(replay))
    }
    if (fixtures.length === 0) {
      console.error('\n  No call to record: use the shop that npm run dev runs, then record.\n')
      return 1
    }
    const folder = join(import.meta.dirname, 'recorded')
    mkdirSync(folder, { recursive: true })
    // Answers of a fresh shop, not of the one in which it was recorded: those would not come again.
    for (const [at, answer] of (await play(fixtures)).entries()) {
      const fixture = fixtures[at]
      if (!fixture) continue
      if (fixture.answer.status !== answer.status)
        console.error(
          `  ${fixture.method} ${fixture.target}: ${fixture.answer.status} there, ${answer.status} on a fresh shop`,
        )
      fixture.answer = answer
    }
    const files = [`${name}.json`, `${name}.test.ts`].map((it) => join(folder, it))
    writeFileSync(files[0] ?? '', `${JSON.stringify(fixtures, null, 2)}\n`)
    writeFileSync(files[1] ?? '', testText(name))
    for (const file of files) console.log(`  made  ${relative('.', file)}`)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`\n  ${error.message}\n\n${usages.record}\n`)
    return 2
  }
}

function optionsOf(args: string[]): { name: string; last: number } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { last: { type: 'string', default: '200' } },
    })
    const [name = 'session', ...more] = positionals
    const last = Number(values.last)
    if (!/^[a-z0-9-]+$/.test(name) || more.length > 0 || !(last > 0))
      throw new UsageError('A name in kebab case, and a number')
    return { name, last }
  } catch (error) {
    throw new UsageError(firstLine(error))
  }
}
