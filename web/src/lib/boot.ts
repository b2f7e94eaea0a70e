import { queries } from './queries.ts'

/** Takes over the answers that the server put into the page, in place of the first requests. */
export function readBoot(): void {
  const text = document.getElementById('boot')?.textContent
  if (!text) return
  const answers: Record<string, unknown> = JSON.parse(text)
  for (const [key, value] of Object.entries(answers)) queries.put(key, value)
}
