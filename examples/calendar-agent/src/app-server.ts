import { createServer } from 'node:http'
import { createConnectHandlers } from '@valetkey/vercel-ai'
import { auth } from './lib/auth.ts'
import { valetKey } from './lib/valet-key.ts'

/** The web side of the app: where users connect their accounts. */
export interface AppServer {
  /** Without a slash at the end. */
  readonly url: string
  /** Resolves when the next user comes back from connecting. */
  readonly nextReturn: () => Promise<void>
  readonly close: () => void
}

/** Serves `/connect`, `/connect/callback` and a page to come back to. */
export async function startAppServer(): Promise<AppServer> {
  let origin = ''
  let waiting: (() => void)[] = []

  // #region connect
  const handlers = () =>
    createConnectHandlers({
      client: valetKey.client,
      redirectUri: `${origin}/connect/callback`,
      accessToken: async () => (await auth.getSession())?.accessToken,
      defaultReturnPath: '/connected',
    })

  const routes: Readonly<Record<string, (request: Request) => Promise<Response>>> = {
    '/connect': (request) => handlers().start(request),
    '/connect/callback': (request) => handlers().callback(request),
    '/connected': connected,
  }
  // #endregion

  async function connected(): Promise<Response> {
    for (const goOn of waiting) goOn()
    waiting = []
    return new Response('Done. Go back to your chat.')
  }

  // Frameworks do the rest for you.
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const url = new URL(incoming.url ?? '/', origin)
      const headers = new Headers()
      for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value))
      const route = routes[url.pathname] ?? (async () => new Response('Not found', { status: 404 }))
      const response = await route(new Request(url, { method: incoming.method ?? 'GET', headers }))
      outgoing.statusCode = response.status
      outgoing.setHeaders(response.headers)
      outgoing.end(await response.text())
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The app has no port')
  origin = `http://127.0.0.1:${address.port}`
  return {
    url: origin,
    nextReturn: async () => await new Promise((resolve) => waiting.push(resolve)),
    close: () => server.close(),
  }
}
