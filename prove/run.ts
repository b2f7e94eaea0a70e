import { openTestServers } from '../shared/testing/servers.ts'
import { head, held, keep, type Line, row } from './report.ts'
import { runTests } from './run-tests.ts'
import { proofs } from './table.ts'

/**
 * `npm run prove`: every claim with its whole numbers, one after the other; `npm run prove -- B1 B13`
 * only those. Exit code 0 when all hold. A whole run is kept in docs/proof-results.md; with `--keep`
 * single claims replace what is told of them there.
 */
async function main(given: string[]): Promise<number> {
  const ids = given.filter((it) => it !== '--keep')
  const unknown = ids.filter((id) => !proofs.some((it) => it.id === id))
  if (unknown.length > 0) {
    console.error(
      `No proof ${unknown.join(', ')}; there are ${proofs.map((it) => it.id).join(' ')}`,
    )
    return 2
  }
  process.env.PROVE = 'full'
  // Its twenty minutes are for a run of its own: `npm run prove -- B30`.
  if (ids.length === 0) process.env.SOAK_MINUTES ??= '3'
  const servers = await openTestServers()
  const began = performance.now()
  const lines: Line[] = []
  for (const proof of proofs.filter((it) => ids.length === 0 || ids.includes(it.id))) {
    console.log(`${proof.id}: ${proof.what}`)
    const result = await runTests(proof, (line) => console.log(line))
    lines.push({ proof, result })
    for (const line of [...result.measured, ...result.seeds]) console.log(`  ${line}`)
    const verdict = held(result) ? 'holds' : 'FAILS'
    console.log(`  ${verdict}: ${result.passed} tests in ${result.seconds.toFixed(0)} s`)
    const isApart = ids.length > 0
    if (!isApart || ids.length < given.length) keep({ proof, result }, isApart)
  }
  await servers.stop()
  const minutes = (performance.now() - began) / 60_000
  console.log(`\n${head}\n${lines.map((it) => row(it)).join('\n')}`)
  for (const line of servers.missing) console.log(line)
  const good = lines.filter((it) => held(it.result)).length
  console.log(`\n${good} of ${lines.length} hold, ${minutes.toFixed(1)} minutes`)
  return good === lines.length ? 0 : 1
}

process.exit(await main(process.argv.slice(2)))
