import { answer, define, json } from '../../shared/http/contract.ts'
import { seal } from '../../shared/http/secrets.ts'
import { serve } from '../../shared/http/serve.ts'
import { keyRing } from './keys.ts'
import { KeySet } from './model.ts'

export const contract = define({
  method: 'GET',
  path: '/.well-known/jwks.json',
  summary: 'The public keys that verify access tokens',
  about:
    'The header `souk-key-set-mac` seals the body under `SECRET_KEY`; other services of this system take no key set without it.',
  access: 'anyone',
  reply: KeySet,
  errors: ['unavailable'],
})

export const handler = serve(contract, async () => {
  const { published } = await keyRing()
  const keys = published.map(({ kid, jwk }) => ({ ...jwk, kid, use: 'sig', alg: 'ES256' }) as const)
  const text = JSON.stringify({ keys })
  return answer(json(text), { headers: { 'souk-key-set-mac': seal('key-set', text) } })
})
