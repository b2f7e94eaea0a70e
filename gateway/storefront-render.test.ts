import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html, nothing } from 'lit'
import { renderText } from './storefront-render.ts'

test('text and attributes are escaped', () => {
  const evil = `"><script>alert('1')</script>&`
  const text = renderText(html`<p title=${evil} class="a ${evil} b">${evil}</p>`)
  assert.equal(text.match(/[<>]/g)?.length, 4)
  assert.ok(!text.includes('<script'))
  assert.match(text, /^<p title="&#34;&#62;/)
})

test('what only a browser can do is left out', () => {
  const text = renderText(
    html`<input @input=${() => {}} .value=${'x'} ?disabled=${true} ?hidden=${false} max=${nothing} min=${0}>`,
  )
  assert.equal(text, '<input disabled min="0">')
})

test('lists, templates and nothings are rendered in order', () => {
  const text = renderText(
    html`<ul>${[1, 2].map((n) => html`<li>${n}</li>`)}</ul>${nothing}${undefined}!`,
  )
  assert.equal(text, '<ul><li>1</li><li>2</li></ul>!')
})

test('several values in one attribute, and more after it', () => {
  const text = renderText(html`<a href="/a/${1}-${2}?x" id=${'i'}>${'t'}</a><b class="${'c'}"></b>`)
  assert.equal(text, '<a href="/a/1-2?x" id="i">t</a><b class="c"></b>')
})

test('what cannot be rendered is a fault, not a page', () => {
  assert.throws(() => renderText(html`<p>${{ some: 'object' }}</p>`), TypeError)
})
