import { Store } from './store.ts'

export type Toast = {
  id: number
  text: string
  tone: 'good' | 'bad' | 'plain'
  action?: { label: string; run: () => void }
}

const MOST = 3
let last = 0

class Toasts extends Store<readonly Toast[]> {
  /** Shows and announces it; goes by itself after a while, faults stay longer. */
  say(text: string, more: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
    const toast: Toast = { id: ++last, text, tone: 'plain', ...more }
    this.set([...this.value.filter((it) => it.text !== text), toast].slice(-MOST))
  }

  dismiss(id: number): void {
    this.set(this.value.filter((it) => it.id !== id))
  }
}

export const toasts = new Toasts([])
