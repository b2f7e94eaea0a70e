import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { after, before, test } from 'node:test'
import { remoteKeys } from '../../discovery/keys.ts'
import { useKeys, verifyAccess } from '../../shared/http/tokens.ts'
import { until } from '../../shared/testing/until.ts'
import { forgetKeys, keyRing, localKeys, rotateKeys, rotateWhenDue } from './keys.ts'
import { type House, openHouse } from './testing/house.ts'

let house: House

before(async () => {
  house = await openHouse()
})
after(() => house.shop.close())

const sql = () => house.shop.db('auth').sql
const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

test('ten processes that start at once make one key', async () => {
  await sql()`delete from signing_key`
  const rings = await Promise.all(
    Array.from({ length: 10 }, () => {
      forgetKeys()
      return keyRing()
    }),
  )
  assert.equal(new Set(rings.map((it) => it.signing.kid)).size, 1)
  assert.equal(await sql()`select 1 from signing_key`.run(), 1)
})

test('one who began before the first key was made, and waited for it, makes no second', async () => {
  await sql()`delete from signing_key`
  const elsewhere = AsyncLocalStorage.snapshot()
  await house.shop.db('auth').transaction(async () => {
    await sql()`select now()`
    forgetKeys()
    const { signing } = await elsewhere(() => keyRing())
    forgetKeys()
    assert.equal((await keyRing()).signing.kid, signing.kid)
  })
})

test('a key is kept sealed, and opens only as itself', async () => {
  await keyRing()
  const row = await sql()<{ sealed: Buffer }>`select sealed from signing_key`.one()
  assert.ok(row && !row.sealed.includes(Buffer.from('2a8648ce3d0201', 'hex')), 'no EC key in clear')
  await rotateKeys()
  // Rows swapped by somebody who can write the database.
  await sql()`
    update signing_key a set sealed = b.sealed from signing_key b where a.kid <> b.kid`
  forgetKeys()
  const { signing, byKid } = await keyRing()
  assert.equal(byKid.size, 3, 'a new key, the old ones still believed')
  assert.ok(byKid.has(signing.kid))
})

test('rotation under load: no valid token is refused', async () => {
  await sql()`delete from signing_key`
  forgetKeys()
  const ada = await house.person()
  const theirs = remoteKeys('cart', { refresh: 40, unknown: 1e9 })
  let refused = 0
  let good = 0
  let phase = 'before'
  const seen = new Map<string, Set<string>>()
  const load = async () => {
    let { refresh } = { ...ada, ...(await house.signIn(ada)).body }
    while (phase !== 'over') {
      const reply = await house.call('POST', '/api/v1/token/refresh/', { body: { refresh } })
      refresh = reply.body.refresh
      const kid = kidOf(reply.body.access)
      seen.set(phase, (seen.get(phase) ?? new Set()).add(kid))
      const checks = [theirs(kid), localKeys(kid)]
      for (const key of await Promise.all(checks)) key ? good++ : refused++
    }
  }
  const running = Promise.all(Array.from({ length: 4 }, load))
  await until(() => good > 50)
  const old = (await keyRing()).signing.kid
  const next = await rotateKeys()
  phase = 'published'
  await until(async () => await theirs(next))
  await until(() => (seen.get('published')?.size ?? 0) > 0)
  assert.equal((await keyRing()).signing.kid, old, 'published, and does not sign yet')
  // Ten minutes pass.
  phase = 'turning'
  await sql()`update signing_key set signs_from = now() where kid = ${next}`
  forgetKeys()
  const before = good
  await until(() => good > before + 50)
  phase = 'signs'
  await until(() => (seen.get('signs')?.size ?? 0) > 0)
  // Ten more, in which the old one is still believed.
  assert.ok(await localKeys(old))
  await sql()`update signing_key set signs_from = now()
    - case when kid = ${next} then interval '601 seconds' else interval '1 hour' end`
  forgetKeys()
  await until(async () => (await theirs(old)) === undefined)
  phase = 'over'
  await running
  assert.equal(refused, 0)
  assert.deepEqual([...(seen.get('published') ?? [])], [old])
  assert.deepEqual([...(seen.get('signs') ?? [])], [next])
  assert.equal(await localKeys(old), undefined)
})

test('a key that may be known to others is out at once', async () => {
  const ada = await house.person()
  useKeys(localKeys)
  assert.equal((await verifyAccess(ada.access)).id, ada.id)
  await rotateKeys({ atOnce: true })
  await assert.rejects(verifyAccess(ada.access), { code: 'unauthenticated' })
  const again = await house.signIn(ada)
  assert.equal((await verifyAccess(again.body.access)).id, ada.id)
})

test('the next key is made after 90 days, once however many ask', async () => {
  await sql()`delete from signing_key`
  forgetKeys()
  await keyRing()
  await rotateWhenDue()
  assert.equal(await sql()`select 1 from signing_key`.run(), 1)
  await sql()`update signing_key set created_at = now() - interval '91 days', signs_from = created_at`
  await Promise.all(Array.from({ length: 10 }, () => rotateWhenDue()))
  assert.equal(await sql()`select 1 from signing_key`.run(), 2)
})
