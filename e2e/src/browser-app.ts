import { createServer, type IncomingMessage } from 'node:http'
import { createConnectHandlers, createValetKeyClient } from '@valetkey/core'

/** What an app needs from the rest of the world. */
export interface BrowserAppOptions {
  /** The vault; called once it is known. */
  readonly issuer: () => string
  readonly client: { readonly id: string; readonly secret: string }
  /** The login token of a user, by id. */
  readonly loginToken: (user: string) => Promise<string>
}

/** The web side of somebody's app, with core's connect routes as they come. */
export interface BrowserApp {
  /** `http://localhost:PORT`: another site than the vault's `127.0.0.1`, as it is in life. */
  readonly origin: string
  readonly redirectUri: string
  /** Serves a page of anybody's at `path`, also under 127.0.0.1: the vault's site, at another port. */
  readonly publish: (path: string, html: string) => void
  readonly close: () => Promise<void>
}

/**
 * Serves `/login?user=…`, `/connect`, `/connect/callback` and `/`, which says what is connected, or what went wrong.
 * Who is logged in is a plain cookie: the app is not what is tested.
 */
export async function startBrowserApp({
  issuer,
  client,
  loginToken,
}: BrowserAppOptions): Promise<BrowserApp> {
  let origin = ''
  const handlers = (): ReturnType<typeof createConnectHandlers> =>
    createConnectHandlers({
      client: createValetKeyClient({
        issuer: issuer(),
        clientId: client.id,
        clientSecret: client.secret,
        accessToken: '',
      }),
      redirectUri: `${origin}/connect/callback`,
      accessToken: async (request) => {
        const user = /\buser=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1]
        return user === undefined ? undefined : await loginToken(user)
      },
    })
  const routes: Readonly<Record<string, (request: Request) => Promise<Response>>> = {
    '/login': async (request) => {
      const user = new URL(request.url).searchParams.get('user') ?? ''
      const headers = { location: '/', 'set-cookie': `user=${user}; HttpOnly; SameSite=Lax` }
      return new Response(null, { status: 303, headers })
    },
    '/connect': (request) => handlers().start(request),
    '/connect/callback': (request) => handlers().callback(request),
    '/status': (request) => handlers().status(request),
    '/': async (request) => {
      const failure = new URL(request.url).searchParams.get('valetkey_error')
      const status = await handlers().status(new Request(`${origin}/status`, request))
      return page(`<h1>${failure ?? 'Welcome'}</h1><pre>${await status.text()}</pre>`)
    },
  }

  const published = new Map<string, string>()

  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const request = toRequest(incoming, origin)
      const { pathname } = new URL(request.url)
      const html = published.get(pathname)
      const response =
        html === undefined
          ? ((await routes[pathname]?.(request)) ?? new Response('Not found', { status: 404 }))
          : page(html)
      outgoing.statusCode = response.status
      outgoing.setHeaders(response.headers)
      outgoing.end(await response.text())
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The app has no port')
  origin = `http://localhost:${address.port}`
  return {
    origin,
    redirectUri: `${origin}/connect/callback`,
    publish: (path, html) => {
      published.set(path, html)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function page(body: string): Response {
  const html = `<!doctype html><html lang="en"><title>An app</title><main>${body}</main></html>`
  return new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

function toRequest(
  { url = '/', method = 'GET', headers: given }: IncomingMessage,
  origin: string,
): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) headers.set(name, String(value))
  return new Request(new URL(url, origin), { method, headers })
}
