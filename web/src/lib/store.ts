import type { ReactiveController, ReactiveControllerHost } from 'lit'

/** State that many parts of the page look at; says `change` when it has another value. */
export class Store<T> extends EventTarget {
  #value: T
  constructor(value: T) {
    super()
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    this.dispatchEvent(new Event('change'))
  }

  update(change: Partial<T>): void {
    this.set({ ...this.#value, ...change })
  }
}

/** Renders its host again whenever one of the stores changes. */
export class Watch implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #stores: readonly EventTarget[]
  constructor(host: ReactiveControllerHost, ...stores: EventTarget[]) {
    this.#host = host
    this.#stores = stores
    host.addController(this)
  }

  readonly #changed = () => this.#host.requestUpdate()

  hostConnected(): void {
    for (const store of this.#stores) store.addEventListener('change', this.#changed)
  }

  hostDisconnected(): void {
    for (const store of this.#stores) store.removeEventListener('change', this.#changed)
  }
}
