import assert from 'node:assert/strict'
import { test } from 'node:test'
import { services } from '../../functions/catalog.ts'
import { importsOf, isForTests, type Source, sources } from './sources.ts'

const all = sources()

/** Files beside the services that may know them all. */
const MEETING_PLACES = /^functions\/((kit|dev)\/)?[\w-]+\.(test\.)?ts$/

/**
 * Why one file may not import another; undefined when it may. Imports run one way: a service →
 * shared and discovery, discovery → shared. Tests stand outside: they go through public doors.
 */
function objection({ path }: Source, target: string, types: boolean): string | undefined {
  const [house, service] = path.split('/')
  const [to, other] = target.split('/')
  if (isForTests(path) || (house === to && house !== 'functions')) return undefined
  if (house === 'web')
    return types && target === 'functions/catalog.ts' ? undefined : 'web takes only `type Api`'
  // The gateway makes the storefront's pages for those who come first, and for crawlers.
  if (to === 'web') return house === 'gateway' ? undefined : 'only the gateway shows the storefront'
  if (house === 'functions' && MEETING_PLACES.test(path)) return undefined
  if (house === 'functions' && to === 'functions')
    return service === other ? undefined : 'a service talks to another over HTTP'
  if (house === 'functions') return to === 'gateway' ? 'a service knows no gateway' : undefined
  if (house === 'shared' && (path.startsWith('shared/checks/') || isForTests(path)))
    return undefined
  if (house === 'shared') return 'shared imports nobody'
  if (house === 'bench' || house === 'prove') return undefined
  // The storefront's container finds the services as they find each other.
  if (house === 'gateway' && to === 'discovery') return undefined
  return to === 'shared' ? undefined : `${house} imports only shared`
}

test('imports run one way', () => {
  const wrong = all.flatMap((source) =>
    importsOf(source).flatMap(({ target, types }) => {
      const reason = objection(source, target, types)
      return reason === undefined ? [] : [`${source.path} imports ${target}: ${reason}`]
    }),
  )
  assert.deepEqual(wrong, [])
})

test('imports are seen in every form', () => {
  const text = `import type { A } from './a.ts'
import {
  b,
} from '../b.ts'
export * from '../../c/d.ts'
const e = await import('./e.ts')
import 'node:fs'`
  assert.deepEqual(importsOf({ path: 'functions/cart/x.ts', text }), [
    { target: 'functions/cart/a.ts', types: true },
    { target: 'functions/b.ts', types: false },
    { target: 'c/d.ts', types: false },
    { target: 'functions/cart/e.ts', types: false },
  ])
})

test('a service calls only what its manifest says it needs', () => {
  const wrong = services.flatMap((service) => {
    const own = all.filter(
      (it) => it.path.startsWith(`functions/${service.name}/`) && !isForTests(it.path),
    )
    return own.flatMap(({ path, text }) =>
      [...text.matchAll(/\.call\(\s*'([a-z]+)'/g)]
        .map(([, called = '']) => called)
        .filter((called) => !(service.needs as readonly string[]).includes(called))
        .map((called) => `${path} calls ${called}`),
    )
  })
  assert.deepEqual(wrong, [])
})
