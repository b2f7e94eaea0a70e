import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

type Found = { id: string; nodes: { target: string[]; failureSummary: string }[] }
type Axe = { run(options: object): Promise<{ violations: Found[] }> }

/** What axe finds on the page as it is now, each with the place it found it at. */
export async function violations(page: Page): Promise<string[]> {
  const isThere = await page.evaluate(() => 'axe' in globalThis)
  if (!isThere) await page.evaluate(source)
  return page.evaluate(async (values) => {
    const { axe } = globalThis as unknown as { axe: Axe }
    // What is on its way in is judged when it has arrived.
    const passing = document
      .getAnimations()
      .filter((it) => it.effect?.getTiming().iterations !== Infinity)
    await Promise.all(passing.map((it) => it.finished.catch(() => undefined)))
    const { violations: found } = await axe.run({
      runOnly: { type: 'tag', values },
      resultTypes: ['violations'],
      iframes: false,
    })
    return found.flatMap(({ id, nodes }) =>
      nodes.map((it) => `${id} at ${it.target}: ${it.failureSummary}`),
    )
  }, tags)
}
