import { Agent } from 'undici'

/** Requests at a steady rate, whatever the answers do. */
export type Reads = {
  answers: { at: number; ms: number; status: number; body: string }[]
  /** Since a moment on the clock of `performance.now()`. */
  since(time: number): Reads['answers']
  stop(): Promise<void>
}

export type Request = {
  url: string
  path: string
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
}

/** Asks `next()` so many times a second; status 0: no answer. Bodies are kept of bad answers only. */
export function startReads(perSecond: number, next: (at: number) => Request): Reads {
  const answers: Reads['answers'] = []
  const open = new Set<Promise<void>>()
  const agent = new Agent({ connections: 500, headersTimeout: 10_000 })
  const began = performance.now()
  let started = 0

  async function one(at: number) {
    const { url, path, method = 'GET', headers = {}, body } = next(at)
    const start = performance.now()
    let status = 0
    let text = ''
    try {
      const given = body === undefined ? {} : { body }
      const reply = await agent.request({ origin: url, path, method, headers, ...given })
      text = await reply.body.text()
      status = reply.statusCode
    } catch (error) {
      text = String(error)
    }
    const now = performance.now()
    answers.push({ at: now, ms: now - start, status, body: status < 300 && status ? '' : text })
  }

  const timer = setInterval(() => {
    for (const due = ((performance.now() - began) / 1000) * perSecond; started < due; started++) {
      const work = one(started).finally(() => open.delete(work))
      open.add(work)
    }
  }, 5)
  return {
    answers,
    since: (time) => answers.filter((it) => it.at - it.ms >= time),
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      if (!agent.closed) await agent.close()
    },
  }
}
