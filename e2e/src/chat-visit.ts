import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { NextChatWorld } from './next-chat-world.ts'

/** A person with a browser profile of their own at the chat. */
export interface ChatVisit extends AsyncDisposable {
  readonly user: string
  readonly context: BrowserContext
  readonly page: Page
  /** What the browser complained about on its console. */
  readonly complaints: readonly string[]
  /** Chooses who one is at a provider, and agrees. */
  readonly allow: (window: Page) => Promise<void>
  /** Clicks a link of the chat that opens a window, and gives that window. */
  readonly openWindow: (link: string) => Promise<Page>
  /** Connects through a window of its own, to the end. */
  readonly connect: (link: string, provider: string) => Promise<void>
}

export interface ChatVisitOptions extends BrowserContextOptions {
  /** Who logs in at the vault, by what; that is connected then. */
  readonly loginWith?: 'Google' | 'GitHub' | 'Slack' | undefined
  readonly popups?: 'allowed' | 'blocked' | undefined
}

/** Opens a profile and logs in. */
export async function visitChat(
  browser: Browser,
  world: NextChatWorld,
  { loginWith = 'Google', popups = 'allowed', ...options }: ChatVisitOptions = {},
): Promise<ChatVisit> {
  const user = world.newUser()
  const context = await browser.newContext(options)
  const { complaints, settle } = watch(context, world)
  // What a browser does with a window that nobody clicked for, or that its settings forbid.
  if (popups === 'blocked') await context.addInitScript('window.open = () => null')
  const page = await context.newPage()

  const allow = async (window: Page): Promise<void> => {
    await window.getByRole('combobox', { name: 'Signed in as' }).selectOption(user)
    await press(window, 'Allow')
  }
  const openWindow = async (link: string): Promise<Page> => {
    const [opened] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('link', { name: link, exact: true }).click(),
    ])
    return opened
  }

  await page.goto(world.url)
  await page.getByRole('link', { name: 'Log in', exact: true }).click()
  await press(page, `Continue with ${loginWith}`)
  await allow(page)
  await page.locator('[role=log][aria-busy=false]').waitFor()

  return {
    user,
    context,
    page,
    complaints,
    allow,
    openWindow,
    connect: async (link, provider) => {
      const window = await openWindow(link)
      await press(window, `Continue to ${provider}`)
      await Promise.all([window.waitForEvent('close'), allow(window)])
    },
    [Symbol.asyncDispose]: async () => {
      await settle()
      await context.close()
    },
  }
}

export async function press(window: Page, button: string): Promise<void> {
  await window.getByRole('button', { name: button, exact: true }).click()
}

/** Writes into the chat, once it is idle, and sends it. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.locator('[role=log][aria-busy=false]').waitFor()
  const field = page.getByRole('textbox', { name: 'Your question' })
  await field.fill(question)
  await field.press('Enter')
}

/** The latest call of a tool in the chat, by the tool's name there. */
export function callOf(page: Page, tool: string): Locator {
  return page.getByRole('region', { name: tool, exact: true }).last()
}

/** The id and the state of a tool call, as the AI SDK has them. */
export async function stateOf(call: Locator): Promise<{ id: string | null; state: string | null }> {
  const [id, state] = await Promise.all([
    call.getAttribute('data-call'),
    call.getAttribute('data-state'),
  ])
  return { id, state }
}

/** Keeps what the browser gets from the app and holds of it, for a search after the tests. */
function watch(
  context: BrowserContext,
  { url, seen }: NextChatWorld,
): { readonly complaints: readonly string[]; readonly settle: () => Promise<void> } {
  const complaints: string[] = []
  const bodies: Promise<void>[] = []
  const keep = (where: string, text: string): void => {
    seen.set(where, [...(seen.get(where) ?? []), text])
  }
  context.on('console', (message) => {
    complaints.push(message.text())
    keep('console', message.text())
  })
  context.on('weberror', (error) => complaints.push(error.error().message))
  context.on('response', (response) => {
    if (!response.url().startsWith(`${url}/`) || response.url().includes('/_next/static/')) return
    const kind = (response.headers()['content-type'] ?? '').split(';', 1)[0] ?? ''
    const read = async (): Promise<void> => {
      // Of a redirect, or of a page that was left meanwhile, there is none.
      const body = await response.text().catch(() => '')
      if (body !== '') keep(kind, body)
    }
    bodies.push(read())
  })
  return {
    complaints,
    settle: async () => {
      await Promise.all(bodies)
      const { cookies, origins } = await context.storageState()
      const ofApp = cookies.filter(({ domain }) => domain === new URL(url).hostname)
      keep('cookies', JSON.stringify(ofApp))
      keep('storage', JSON.stringify(origins))
      for (const page of context.pages()) {
        if (!page.url().startsWith(url)) continue
        keep('storage', await page.evaluate('JSON.stringify({...sessionStorage})'))
        keep('html', await page.content())
      }
    },
  }
}
