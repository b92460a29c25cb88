import type { TestUser } from '@valetkey-internal/testing'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import type { ReactWorld } from './react-world.ts'

/** Somebody at a page of the app, logged in. */
export interface Person extends AsyncDisposable {
  readonly user: TestUser
  readonly context: BrowserContext
  readonly page: Page
  /** What the browser complained about on its console. */
  readonly complaints: readonly string[]
  readonly say: (text: string) => Promise<void>
  /** The part of the page that waits for `service`. */
  readonly waiting: (service: string) => Locator
  /** Clicks, goes through the popup that opens, and sees it close. */
  readonly connect: (link: Locator, button: string) => Promise<void>
}

/** Opens a browser profile of a new user at a path of the app. */
export async function visit(browser: Browser, world: ReactWorld, path: string): Promise<Person> {
  const user = world.newUser()
  const context = await browser.newContext()
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(
    `${world.origin}/api/valet-key/login?user=${user.id}&returnTo=${encodeURIComponent(path)}`,
  )
  return {
    user,
    context,
    page,
    complaints,
    say: async (text) => {
      await page.getByRole('textbox', { name: 'Message' }).fill(text)
      await page.getByRole('button', { name: 'Send' }).click()
    },
    waiting: (service) => page.getByRole('group', { name: service }),
    connect: async (link, button) => {
      const opened = page.waitForEvent('popup')
      await link.click()
      const popup = await opened
      const closed = popup.waitForEvent('close')
      await popup.getByRole('button', { name: button }).click()
      await closed
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}
