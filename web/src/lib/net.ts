import { serviceOf } from './failure.ts'
import { Store } from './store.ts'

export type Net = {
  online: boolean
  /** Requests under way. */
  busy: number
  /** Who answered last, and how long it took there. */
  heard: { service: string; instance: string; ms: string } | undefined
}

class NetStore extends Store<Net> {
  /** Counts a request while it is under way, for the progress bar. */
  async track<T>(request: Promise<T>): Promise<T> {
    this.update({ busy: this.value.busy + 1 })
    try {
      return await request
    } finally {
      this.update({ busy: this.value.busy - 1 })
    }
  }

  /** Notes which instance answered (`X-Served-By`) and how fast (`Server-Timing`). */
  heard(path: string, response: Response): void {
    const instance = response.headers.get('x-served-by')
    if (!instance) return
    const ms = /dur=([\d.]+)/.exec(response.headers.get('server-timing') ?? '')?.[1] ?? ''
    this.update({ heard: { service: serviceOf(path), instance, ms } })
  }
}

export const net = new NetStore({
  online: globalThis.navigator?.onLine ?? true,
  busy: 0,
  heard: undefined,
})

if (globalThis.window) {
  window.addEventListener('online', () => net.update({ online: true }))
  window.addEventListener('offline', () => net.update({ online: false }))
}
