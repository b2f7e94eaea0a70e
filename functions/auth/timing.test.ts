import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { amount, isFull, measured } from '../../shared/testing/proof.ts'
import { hashesSpent } from './hashing.ts'
import { anyAddress, type House, newPassword, openHouse, type Person } from './testing/house.ts'

/** 2,000 tell medians apart by 2 %; a test run on a busy machine can tell a missing hash. */
const SIGN_INS = amount(2_000, 120)

let house: House
const people: Person[] = []

before(async () => {
  house = await openHouse()
  // Nobody is tried so often that throttling begins.
  for (let at = 0; at < SIGN_INS / 8; at++) people.push(await house.person())
})
after(() => house.shop.close())

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

test(`${SIGN_INS} sign-ins: known and unknown emails take the same time`, async (t) => {
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
  const spent = hashesSpent()
  for (let at = 0; at < SIGN_INS / 2; at++) {
    const known = people[at % people.length]?.email ?? ''
    const pair = [
      ['known', known],
      ['unknown', known.replace(/^./, 'u')],
    ] as const
    for (const [kind, email] of Math.random() < 0.5 ? pair : pair.toReversed()) {
      const began = performance.now()
      const reply = await house.signIn({ email, password: newPassword() }, { from: anyAddress() })
      times[kind].push(performance.now() - began)
      assert.equal(reply.status, 401)
    }
  }
  assert.equal(hashesSpent() - spent, SIGN_INS)
  const [known, unknown] = [median(times.known), median(times.unknown)]
  const difference = Math.abs(known - unknown) / Math.min(known, unknown)
  const auc = chanceToTell(times.known, times.unknown)
  measured(
    t,
    `${SIGN_INS} sign-ins: medians ${known.toFixed(2)} and ${unknown.toFixed(2)} ms, ${(difference * 100).toFixed(2)} % apart; AUC ${auc.toFixed(3)}`,
  )
  // Beside other tests only the gross fault shows: without the dummy hash it is ten times the time.
  assert.ok(difference < (isFull ? 0.02 : 0.5), `${known} and ${unknown} ms`)
  assert.ok(Math.abs(auc - 0.5) < (isFull ? 0.03 : 0.3), `AUC ${auc}`)
})

/** How often a time of the first kind is the longer of two: 0.5 tells nothing. */
function chanceToTell(one: number[], other: number[]): number {
  let longer = 0
  for (const a of one) for (const b of other) longer += a > b ? 1 : a === b ? 0.5 : 0
  return longer / (one.length * other.length)
}
