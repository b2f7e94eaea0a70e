import { nothing, type TemplateResult } from 'lit'

/** How `lit` marks what its tags return. */
type Template = Pick<TemplateResult, 'strings' | 'values'> & { _$litType$: number }

/**
 * A template as text, for the page that is sent before any script runs: what is text is escaped,
 * listeners and properties are left out. It knows values, lists and templates, and no directives.
 */
export function renderText(value: unknown): string {
  if (isTemplate(value)) return renderTemplate(value)
  if (value === nothing || value === undefined || value === null || value === false) return ''
  if (Array.isArray(value)) return value.map(renderText).join('')
  if (typeof value === 'object' || typeof value === 'function')
    throw new TypeError(`The server cannot render ${String(value)}`)
  return escapeText(String(value))
}

export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`)
}

/** An attribute up to its first value: `name=` or `name="text`. */
const OPEN_ATTRIBUTE = /\s([.?@]?[\w-]+)=(?:"([^"]*))?$/

function renderTemplate({ strings, values }: Template): string {
  let out = ''
  for (let at = 0; at < strings.length; at++) {
    let text = strings[at] ?? ''
    const found = at < values.length ? OPEN_ATTRIBUTE.exec(text) : null
    if (!found) {
      out += text + (at < values.length ? renderText(values[at]) : '')
      continue
    }
    const [all, name = '', begun] = found
    out += text.slice(0, -all.length)
    let value = values[at]
    if (begun !== undefined) {
      // A quoted attribute may hold several values, up to its closing quote.
      let whole = begun + renderText(value)
      text = strings[++at] ?? ''
      while (!text.includes('"') && at < values.length) {
        whole += text + renderText(values[at])
        text = strings[++at] ?? ''
      }
      const end = text.indexOf('"')
      out += ` ${name}="${whole}${text.slice(0, end)}"`
      const rest = text.slice(end + 1)
      out += renderTemplate({
        strings: [rest, ...strings.slice(at + 1)] as unknown as TemplateStringsArray,
        values: values.slice(at),
        _$litType$: 1,
      })
      return out
    }
    if (name.startsWith('?')) out += value ? ` ${name.slice(1)}` : ''
    else if (!/^[.@]/.test(name) && value !== nothing && value !== undefined)
      out += ` ${name}="${renderText(value)}"`
    value = undefined
  }
  return out
}

function isTemplate(value: unknown): value is Template {
  return typeof value === 'object' && value !== null && '_$litType$' in value
}
