import { once } from 'node:events'
import { SourceMap } from 'node:module'

type Message = { id?: number; method?: string; params?: Params }
type Params = {
  scriptId?: string
  url?: string
  sourceMapURL?: string
  callFrames?: { location: Location }[]
}
type Location = { scriptId: string; lineNumber: number; columnNumber?: number }

export type Script = { id: string; url: string; map: string }

/** A debugger: Chrome's protocol over the address that the process tells. */
export async function attach(url: string) {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const answers = new Map<number, (message: Message) => void>()
  const scripts = new Map<string, Script>()
  const heard: Message[] = []
  const hearers: ((message: Message) => void)[] = []
  socket.onmessage = ({ data }) => {
    const message: Message = JSON.parse(data)
    if (message.id !== undefined) answers.get(message.id)?.(message)
    else if (message.method === 'Debugger.scriptParsed') {
      const { scriptId: id = '', url = '', sourceMapURL: map = '' } = message.params ?? {}
      scripts.set(id, { id, url, map })
    } else if (message.method === 'Debugger.paused')
      (hearers.shift() ?? ((it: Message) => heard.push(it)))(message)
  }
  let last = 0
  return {
    send(method: string, params: object = {}): Promise<Message> {
      const id = ++last
      socket.send(JSON.stringify({ id, method, params }))
      return new Promise((resolve) => answers.set(id, resolve))
    },
    /** Where it stopped: file, and line from 0. */
    async paused(): Promise<{ url: string; line: number; column: number }> {
      const message = heard.shift() ?? (await new Promise<Message>((it) => hearers.push(it)))
      const {
        scriptId = '',
        lineNumber = -1,
        columnNumber = 0,
      } = message.params?.callFrames?.[0]?.location ?? {}
      return { url: scripts.get(scriptId)?.url ?? '', line: lineNumber, column: columnNumber }
    },
    /** The latest whose address fits. */
    script: (url: RegExp) => [...scripts.values()].findLast((it) => url.test(it.url)),
    close: () => socket.close(),
  }
}

/** Where lines of sources are in what was built of them, and back; lines from 0. */
export function sourceMapOf({ map }: Script) {
  const payload = JSON.parse(Buffer.from(map.slice(map.indexOf(',') + 1), 'base64').toString())
  const source = new SourceMap(payload)
  const origin = (line: number, column: number) => {
    const found = source.findEntry(line, column)
    return 'originalLine' in found
      ? { file: found.originalSource, line: found.originalLine }
      : undefined
  }
  return {
    origin,
    /** As an editor asks for a breakpoint. */
    built(file: RegExp, line: number): { lineNumber: number; columnNumber: number } | undefined {
      for (let at = 0; at < 20_000; at++)
        for (const column of [0, 2, 4, 6]) {
          const found = source.findEntry(at, column)
          const here = 'originalLine' in found && found.generatedLine === at
          if (here && found.originalLine === line && file.test(found.originalSource))
            return { lineNumber: at, columnNumber: found.generatedColumn }
        }
      return undefined
    },
  }
}
