import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { testServer } from '../../shared/testing/database.ts'
import { type Kit, openKit } from './kit-lab.ts'

let kit: Kit
before(async () => {
  kit = await openKit({ copy: true })
})
after(() => kit.close())

const file = (path: string) => join(kit.folder, path)

async function node(...args: string[]) {
  const { NODE_TEST_CONTEXT: _of, ...own } = process.env
  const env = { ...own, SOUK_TEST_POSTGRES: await testServer() }
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: kit.folder, env })
  return { status, said: `${stdout}${stderr}` }
}

test('an endpoint works at once, and its test fails until the work is written', async () => {
  const made = await kit.run([
    'new',
    'endpoint',
    'product',
    'archive-product',
    'POST',
    '/products/{id}/archive/',
  ])
  assert.equal(made.code, 0, made.err)
  assert.match(made.out, /made {5}functions\/product\/archive-product\.ts/)
  const asked = await kit.run(['invoke', 'product/archive-product', '--as', 'staff'])
  assert.equal(asked.code, 0, asked.err)
  assert.deepEqual(JSON.parse(asked.out), { done: false })
  const proof = 'functions/product/archive-product.test.ts'
  const red = await node('--test', proof)
  assert.equal(red.status, 1)
  assert.match(red.said, /done: true/)
  const source = file('functions/product/archive-product.ts')
  writeFileSync(source, readFileSync(source, 'utf8').replace('done: false', 'done: true'))
  const green = await node('--test', proof)
  assert.equal(green.status, 0, green.said)
})

test('a service is made with its first endpoint, and catalogued', async () => {
  const { code, err } = await kit.run(['new', 'service', 'wishlist'])
  assert.equal(code, 0, err)
  assert.match(readFileSync(file('functions/catalog.ts'), 'utf8'), /review,\s+wishlist,?\s+\]/)
  const { out } = await kit.run(['event', 'wishlist/get-wishlist'])
  assert.equal(JSON.parse(out).rawPath, '/api/v1/wishlist/')
})

test('a migration takes the next number', async () => {
  const { code } = await kit.run(['new', 'migration', 'auth', 'add-note'])
  assert.equal(code, 0)
  assert.ok(existsSync(file('functions/auth/schema/0002-add-note.sql')))
})

test('what is made has the types and the style of the house', async () => {
  const include = ['functions/wishlist/*.ts', 'functions/product/archive-product*.ts']
  writeFileSync(file('tsconfig.new.json'), JSON.stringify({ extends: './tsconfig.json', include }))
  const types = await node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.new.json')
  assert.equal(types.status, 0, types.said)
  const made = ['archive-product.ts', 'archive-product.test.ts', 'service.ts']
  const paths = ['functions/catalog.ts', 'functions/wishlist']
  const style = await node(
    'node_modules/@biomejs/biome/bin/biome',
    'check',
    '--vcs-enabled=false',
    ...paths,
    ...made.map((it) => `functions/product/${it}`),
  )
  assert.equal(style.status, 0, style.said)
})

const wrong: [args: string[], said: RegExp][] = [
  [[], /New what/],
  [['endpoint', 'produkt', 'a', 'GET', '/products/a/'], /no service produkt/],
  [['endpoint', 'product', 'list-products', 'GET', '/products/x/'], /there already/],
  [['endpoint', 'product', 'x', 'GET', '/orders/'], /not under/],
  [['endpoint', 'product', 'x', 'GET', '/products/'], /answered already/],
  [['endpoint', 'product', 'X_y', 'GET', '/products/x/'], /kebab/],
  [['service', 'auth'], /there already/],
  [['migration', 'auth', 'Add note'], /kebab/],
]
for (const [args, said] of wrong)
  test(`refused: new ${args.join(' ')}`, async () => {
    const { code, err } = await kit.run(['new', ...args])
    assert.equal(code, 2)
    assert.match(err, said)
  })
