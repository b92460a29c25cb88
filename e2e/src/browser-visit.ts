import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { BrowserWorld } from './browser-world.ts'

/** A person with a browser profile of their own, logged in to the app. */
export interface Visit extends AsyncDisposable {
  readonly context: BrowserContext
  readonly page: Page
  /** What the browser complained about on its console. */
  readonly complaints: readonly string[]
  /** Every request of the page, as `METHOD url` without the query, navigations marked by `→`. */
  readonly requests: readonly string[]
}

/** Opens a profile and logs in. */
export async function visit(
  browser: Browser,
  { app }: BrowserWorld,
  user: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  await page.goto(`${app.origin}/login?user=${user}`)
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url())
    const mark = request.isNavigationRequest() ? '→ ' : ''
    requests.push(`${mark}${request.method()} ${origin}${pathname}`)
  })
  return {
    context,
    page,
    complaints,
    requests,
    [Symbol.asyncDispose]: () => context.close(),
  }
}
