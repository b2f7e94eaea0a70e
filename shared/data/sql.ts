/** A composed statement as PostgreSQL takes it. */
export type Compiled = {
  text: string
  values: unknown[]
  isStatic: boolean
  /** Whether one plan may serve all values. */
  isPlannedOnce?: boolean
}

export type Mode = 'rows' | 'count' | 'text'

/** How a statement reaches its database. */
export type Send = {
  (compiled: Compiled, mode: 'rows'): Promise<unknown[]>
  (compiled: Compiled, mode: 'count'): Promise<number>
  (compiled: Compiled, mode: 'text'): Promise<string | undefined>
}

export type Sql = {
  /**
   * A statement, or a part of one. Values become parameters (arrays are one parameter each), other
   * `sql` parts are spliced in. Nothing is sent until it is awaited.
   */
  <Row = Record<string, unknown>>(
    strings: TemplateStringsArray,
    ...values: readonly unknown[]
  ): Statement<Row>
  /** A column or table name. @throws TypeError unless it is lower-case words, dots between them */
  identifier(name: string): Part
  /** A whole number that is part of the text: one plan for all values then knows it. */
  whole(value: number): Part
  /** Parts with a separator between them, `, ` by default. */
  join(parts: readonly (Part | Statement<unknown>)[], separator?: Part | Statement<unknown>): Part
  /** A value as one JSON parameter; a plain array would become a PostgreSQL array. */
  json(value: unknown): string
}

const texts = new WeakMap<TemplateStringsArray, string>()

const identifierPattern = /^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/

export function makeSql(send: Send): Sql {
  const tag = <Row>(strings: TemplateStringsArray, ...values: readonly unknown[]) =>
    new Statement<Row>(send, strings, values)
  return Object.assign(tag, {
    identifier,
    whole,
    join,
    json: (value: unknown) => JSON.stringify(value),
  })
}

function identifier(name: string) {
  if (!identifierPattern.test(name)) throw new TypeError(`${JSON.stringify(name)} is no identifier`)
  return new Part([name.replaceAll(/[^.]+/g, '"$&"')], [])
}

function whole(value: number) {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no whole number`)
  return new Part([String(value)], [])
}

function join(
  parts: readonly (Part | Statement<unknown>)[],
  separator: Part | Statement<unknown> = new Part([', '], []),
) {
  const values = parts.flatMap((part, index) => (index ? [separator, part] : [part]))
  return new Part(['', ...values.map(() => '')], values)
}

/** Text and values of a statement, parts spliced in and parameters numbered through. */
export function compile(part: Part): Compiled {
  const { strings, values } = part
  if (!values.some((value) => value instanceof Part)) {
    return { text: flatText(strings), values: values.map(parameter), isStatic: true }
  }
  const compiled: Compiled = { text: '', values: [], isStatic: false }
  splice(part, compiled)
  return compiled
}

function flatText(strings: readonly string[]) {
  if (!('raw' in strings)) return number(strings)
  const template = strings as TemplateStringsArray
  let text = texts.get(template)
  if (text === undefined) {
    text = number(template)
    texts.set(template, text)
  }
  return text
}

function number(strings: readonly string[]) {
  return strings.reduce((text, next, index) => `${text}$${index}${next}`)
}

function splice({ strings, values }: Part, into: Compiled) {
  into.text += strings[0]
  values.forEach((value, index) => {
    if (value instanceof Part) splice(value, into)
    else into.text += `$${into.values.push(parameter(value))}`
    into.text += strings[index + 1]
  })
}

function parameter(value: unknown) {
  // Silently writing null where a property was misspelt would lose data.
  if (value === undefined) throw new TypeError('a value in a statement is undefined; null is null')
  // pg would write the local time with an offset.
  return value instanceof Date ? value.toISOString() : value
}

/** A part of a statement; splice it into another one. */
export class Part {
  readonly strings: readonly string[]
  readonly values: readonly unknown[]
  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.strings = strings
    this.values = values
  }
}

/** A statement that is sent when awaited, once however often that is. */
export class Statement<Row> extends Part implements PromiseLike<Row[]> {
  readonly #send: Send
  #rows: Promise<Row[]> | undefined
  #isPlannedOnce = true
  constructor(send: Send, strings: readonly string[], values: readonly unknown[]) {
    super(strings, values)
    this.#send = send
  }

  // biome-ignore lint/suspicious/noThenProperty: `await sql` reads best, and parts need no await
  then<A = Row[], B = never>(
    resolve?: ((rows: Row[]) => A | PromiseLike<A>) | null,
    reject?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    // What a row looks like is the statement's word; its type parameter repeats it.
    this.#rows ??= this.#try('rows') as Promise<Row[]>
    return this.#rows.then(resolve, reject)
  }

  /** Planned for its values each time, where they decide which plan is good. */
  planned(): this {
    this.#isPlannedOnce = false
    return this
  }

  /** The first row. */
  async one(): Promise<Row | undefined> {
    return (await this)[0]
  }

  /** How many rows were inserted, changed, deleted or found. */
  run(): Promise<number> {
    return this.#try('count') as Promise<number>
  }

  /** The first column of the first row as PostgreSQL wrote it; for JSON that is passed on unread. */
  text(): Promise<string | undefined> {
    return this.#try('text') as Promise<string | undefined>
  }

  async #try(mode: Mode) {
    const compiled = { ...compile(this), isPlannedOnce: this.#isPlannedOnce }
    if (mode === 'rows') return this.#send(compiled, mode)
    return mode === 'count' ? this.#send(compiled, mode) : this.#send(compiled, mode)
  }
}
