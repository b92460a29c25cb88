import axe from 'axe-core'
import type { Page } from 'playwright-core'
import * as z from 'zod'

const AxeResults = z.object({
  violations: z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) })),
  passes: z.array(z.object({ id: z.string() })),
})

/** What axe finds wrong with a page, best practices included, as `rule: element`. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations, passes } = AxeResults.parse(await page.evaluate('axe.run()'))
  if (passes.length < 5) throw new Error(`axe looked at nothing on ${page.url()}`)
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

/** How many CSS pixels of the page lie beyond the right edge of the window. */
export async function overflowOf(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth - clientWidth
  })
}
