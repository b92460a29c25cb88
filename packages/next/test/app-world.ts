import { createServer } from 'node:http'
import { type Browser, createBrowser, type Page, type TestVault } from '@valetkey-internal/testing'
import { createValetKey, type NextValetKeyOptions, type ValetKey } from '@valetkey/next'

/** An app whose pages say where they are, and whose routes are those of `@valetkey/next`. */
export interface AppWorld {
  readonly origin: string
  readonly valetKey: ValetKey
  /** The URL of one of the routes. */
  readonly route: (name: string, query?: Readonly<Record<string, string>>) => string
  /** A new browser in which a user has logged in. */
  readonly logIn: (user: string) => Promise<Browser>
  readonly close: () => Promise<void>
}

export const cookieSecret = 'cookie-secret-of-the-tests-0123456789'

/** Says yes to every page that the vault shows on the way back to the app. */
export async function agree(browser: Browser, first: Page, origin: string): Promise<Page> {
  let page = first
  while (
    !page.url.startsWith(`${origin}/`) &&
    page.forms.some(({ buttons }) => buttons.some(({ label }) => yes.test(label)))
  ) {
    page = await browser.click(page, yes)
  }
  return page
}

const yes = /^(continue|allow|connect|log in|log out)/i

/** Starts the app on a free port. `options` may depend on its origin. */
export async function startApp(
  vault: Pick<TestVault, 'issuer' | 'webApp'>,
  options: NextValetKeyOptions = {},
): Promise<AppWorld> {
  let handle: (request: Request) => Promise<Response> = async () => new Response(null)
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) if (chunk instanceof Buffer) chunks.push(chunk)
      const headers = new Headers()
      for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value))
      const method = incoming.method ?? 'GET'
      const hasBody = method !== 'GET' && method !== 'HEAD'
      const response = await handle(
        new Request(new URL(incoming.url ?? '/', 'http://inside.invalid:3000'), {
          method,
          headers,
          ...(hasBody ? { body: Buffer.concat(chunks) } : {}),
        }),
      )
      outgoing.statusCode = response.status
      outgoing.setHeaders(response.headers)
      outgoing.end(await response.text())
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The app has no port')
  const origin = `http://127.0.0.1:${address.port}`
  const valetKey = createValetKey({
    appUrl: origin,
    cookieSecret,
    ...(options.client === undefined
      ? { issuer: vault.issuer, clientId: vault.webApp.id, clientSecret: vault.webApp.secret }
      : {}),
    ...options,
  })
  handle = async (request) => {
    const { pathname } = new URL(request.url)
    if (!pathname.startsWith('/api/valet-key/')) return page(pathname)
    const { GET, POST } = valetKey.handlers
    return await (request.method === 'POST' ? POST(request) : GET(request))
  }
  const route: AppWorld['route'] = (name, query = {}) => {
    const search = new URLSearchParams(query).toString()
    return `${origin}/api/valet-key/${name}${search === '' ? '' : `?${search}`}`
  }
  return {
    origin,
    valetKey,
    route,
    logIn: async (user) => {
      const browser = createBrowser()
      const asked = { connection: 'google-oauth2', login_hint: user, returnTo: '/home' }
      const end = await agree(browser, await browser.open(route('login', asked)), origin)
      if (end.url !== `${origin}/home`) throw new Error(`Not logged in: ${end.url} ${end.html}`)
      return browser
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function page(pathname: string): Response {
  const html = `<p>${pathname}</p><form method="post" action="/api/valet-key/logout"><button>Log out</button></form>`
  return new Response(html, { headers: { 'content-type': 'text/html' } })
}
