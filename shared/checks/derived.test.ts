import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { services } from '../../functions/catalog.ts'
import { deriveAll } from '../derive/all.ts'
import { root } from './sources.ts'

test('committed files that are made from the catalog are fresh: npm run derive', () => {
  for (const { file, text } of deriveAll(services))
    assert.equal(readFileSync(join(root, file), 'utf8'), text, `${file} is stale: npm run derive`)
})
