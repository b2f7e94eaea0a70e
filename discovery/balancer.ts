/**
 * One attempt at one endpoint; `done` is to be called once, with whether the endpoint answered
 * soundly, or undefined when the attempt tells nothing of it.
 */
export type Lease = { url: string; done(sound: boolean | undefined): void }

export type Balancer = {
  /**
   * The endpoint to try: of two picked at random the one with fewer calls in flight, leaving out
   * those that failed lately. Undefined when there is none but `except`.
   */
  take(endpoints: readonly string[], except?: string): Lease | undefined
}

type State = { inFlight: number; faults: number; ejections: number; ejectedUntil: number }

const FAULTS_TO_EJECT = 3
const FIRST_EJECTION_MS = 5_000
const LONGEST_EJECTION_MS = 60_000

/**
 * Power of two choices with passive ejection: three faults in a row put an endpoint aside for 5 s,
 * doubling to 60 s until it answers again, and never more than half of all.
 */
export function balancer({ now = () => performance.now(), random = Math.random } = {}): Balancer {
  const states = new Map<string, State>()
  let seen: readonly string[] = []

  return {
    take(endpoints, except) {
      learn(endpoints)
      const time = now()
      const candidates = endpoints.filter((url) => url !== except)
      const open = candidates.filter((url) => stateOf(url).ejectedUntil <= time)
      const url = twoChoices(open.length > 0 ? open : candidates)
      if (url === undefined) return undefined
      const state = stateOf(url)
      state.inFlight++
      return {
        url,
        done(sound) {
          state.inFlight--
          if (sound) Object.assign(state, { faults: 0, ejections: 0, ejectedUntil: 0 })
          else if (sound === false && ++state.faults >= FAULTS_TO_EJECT) eject(state)
        },
      }
    },
  }

  function twoChoices(urls: readonly string[]): string | undefined {
    const first = Math.floor(random() * urls.length)
    if (urls.length < 2) return urls[first]
    const second = (first + 1 + Math.floor(random() * (urls.length - 1))) % urls.length
    const [a, b] = [urls[first] ?? '', urls[second] ?? '']
    return stateOf(a).inFlight <= stateOf(b).inFlight ? a : b
  }

  function eject(state: State) {
    const time = now()
    if (state.ejectedUntil > time) return
    const out = seen.filter((url) => stateOf(url).ejectedUntil > time).length
    if ((out + 1) * 2 > seen.length) return
    const length = Math.min(FIRST_EJECTION_MS * 2 ** state.ejections, LONGEST_EJECTION_MS)
    state.ejections++
    state.ejectedUntil = time + length
  }

  function stateOf(url: string): State {
    let state = states.get(url)
    if (!state) {
      state = { inFlight: 0, faults: 0, ejections: 0, ejectedUntil: 0 }
      states.set(url, state)
    }
    return state
  }

  function learn(endpoints: readonly string[]) {
    if (endpoints === seen) return
    seen = endpoints
    for (const url of states.keys()) if (!endpoints.includes(url)) states.delete(url)
  }
}
