import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as z from 'zod'
import { NewUser, UserChange } from '../../../functions/auth/model.ts'
import {
  CategoryInput,
  ProductChangesForm,
  ProductInput,
} from '../../../functions/product/model.ts'
import { written } from '../../../functions/review/model.ts'
import { fieldErrors } from '../../../shared/http/parse.ts'
import { failure } from './failure.ts'
import { fieldReasons } from './field-reason.ts'
import { speak, textsOf } from './i18n.ts'

before(async () => speak('pl', await textsOf('pl')))
after(async () => speak('en', await textsOf('en')))

const half = '\ud800'
const values = [
  ...['', ' ', 'a', 'ab cd', 'ada', '12345678901', 'ada@example.com', 'password123', half, 'a\0b'],
  ...['12,90', '1e400', '4006381333932', '-1', '99999999999', 'x'.repeat(129), 'ł'.repeat(30_000)],
  ...[
    undefined,
    null,
    true,
    -1,
    1.5,
    2 ** 53,
    [],
    [0],
    [1.5],
    Array.from({ length: 101 }, () => 7),
  ],
  {},
]
const forms = {
  NewUser,
  UserChange,
  ProductInput,
  ProductChangesForm,
  CategoryInput,
  review: z.strictObject(written),
}
const good: Record<string, unknown> = {
  ...{ email: 'ada@example.com', username: 'ada', password: 'a long walk by the sea' },
  ...{ name: 'Lamp', price: '12.90', rating: 4 },
}

test('whatever a service finds wrong with a field is told in the reader’s language', () => {
  const left = new Set<string>()
  let told = 0
  for (const [form, schema] of Object.entries(forms))
    for (const name of Object.keys(schema.shape))
      for (const value of values) {
        const known = Object.entries(good).filter(([key]) => Object.hasOwn(schema.shape, key))
        const result = schema.safeParse({ ...Object.fromEntries(known), [name]: value })
        if (result.success) continue
        const errors = fieldErrors(result.error)
        const fields = Object.fromEntries(errors.map((it) => [it.field, it.message]))
        const said = fieldReasons(failure({ fields }))
        told += errors.length
        for (const [field, words] of Object.entries(fields))
          if (said[field] === words) left.add(`${form}.${field}: ${words}`)
      }
  assert.ok(told > 200, `${told} told`)
  assert.deepEqual([...left], [])
})

test('numbers of a rule are told with it; words that are new are told as they came', () => {
  const fields = {
    password: 'must be 10 characters or longer',
    title: 'must be at most 150 characters',
    picture: 'must have 1.5 megapixels at most',
    email: 'is taken',
    colour: 'must be a colour',
  }
  assert.deepEqual(fieldReasons(failure({ fields })), {
    password: 'Co najmniej 10 znaków',
    title: 'Najwyżej 150 znaków',
    picture: 'Najwyżej 1.5 megapikseli',
    email: 'Ktoś już to ma',
    colour: 'must be a colour',
  })
})
