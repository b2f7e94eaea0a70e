import { Upstream } from './upstream.ts'

const EJECT_AFTER = 3
const EJECT_MS = 5_000
const LONGEST_EJECTION_MS = 60_000

export type Instance = {
  url: string
  upstream: Upstream
  inFlight: number
  faults: number
  ejections: number
  ejectedUntil: number
}

/**
 * The instances of one service, each with its connections. Picks the less busy of two at random and
 * leaves out for a while what failed three times in a row.
 */
export class Instances {
  #all: Instance[] = []

  /** Takes the current list of base URLs; what stays keeps its connections. */
  set(urls: readonly string[]): void {
    const before = new Map(this.#all.map((it) => [it.url, it]))
    this.#all = urls.map((url) => before.get(url) ?? create(url))
    for (const old of before.values()) if (!urls.includes(old.url)) old.upstream.close()
  }

  get urls(): string[] {
    return this.#all.map((it) => it.url)
  }

  /** An instance to ask, other than `not` when there is another one. */
  pick(not?: Instance): Instance | undefined {
    // All there is, with nothing held against it.
    const [only] = this.#all
    if (only && this.#all.length === 1 && !not) return only
    const now = performance.now()
    const healthy = this.#all.filter((it) => it.ejectedUntil <= now)
    // Better a doubtful instance than none at all.
    const able = (healthy.length > 0 ? healthy : this.#all).filter((it) => it !== not)
    const first = able[Math.floor(Math.random() * able.length)]
    const second = able[Math.floor(Math.random() * able.length)]
    return first && second && second.inFlight < first.inFlight ? second : (first ?? undefined)
  }

  succeeded(instance: Instance): void {
    instance.faults = 0
    instance.ejections = 0
  }

  failed(instance: Instance): void {
    if (++instance.faults < EJECT_AFTER) return
    const pause = Math.min(EJECT_MS * 2 ** instance.ejections, LONGEST_EJECTION_MS)
    instance.ejectedUntil = performance.now() + pause
    instance.ejections++
    instance.faults = 0
  }

  close(): void {
    for (const { upstream } of this.#all) upstream.destroy()
    this.#all = []
  }
}

function create(url: string): Instance {
  const upstream = new Upstream(url)
  return { url, upstream, inFlight: 0, faults: 0, ejections: 0, ejectedUntil: 0 }
}
