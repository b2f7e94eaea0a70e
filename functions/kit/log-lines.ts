/** What a log line is made readable with; lines that are none stay as they are. */
export function prettyLine(line: string, colours: boolean): string {
  if (!line.startsWith('{')) return line
  try {
    return prettyItem(JSON.parse(line), colours)
  } catch {
    return line
  }
}

/** Takes output in pieces, gives it on line by line. */
export function byLine(take: (line: string) => void): (chunk: string | Uint8Array) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk))).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  }
}

const COLOURS: Record<string, number> = { DEBUG: 90, INFO: 36, WARN: 33, ERROR: 31 }
/** Known from the call that is watched, or of no use on a screen. */
const LEFT_OUT = new Set(['function_name', 'function_request_id', 'trace_id'])

function prettyItem(item: Record<string, unknown>, colours: boolean): string {
  const { level, message, timestamp, service, error, ...rest } = item
  if (typeof level !== 'string' || typeof message !== 'string') return JSON.stringify(item)
  const paint = (text: string, colour: number) => (colours ? `\x1b[${colour}m${text}\x1b[0m` : text)
  const extra = Object.entries(rest)
    .filter(([key]) => !LEFT_OUT.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
  const time = String(timestamp).slice(11, 23)
  const head = `${time} ${paint(level.padEnd(5), COLOURS[level] ?? 0)} ${service} ${message}`
  return `${head}${extra ? ` ${paint(extra, 90)}` : ''}${stackOf(error)}`
}

function stackOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { stack, name, message } = error as Record<string, unknown>
  return `\n  ${String(stack ?? `${name}: ${message}`).replaceAll('\n', '\n  ')}`
}
