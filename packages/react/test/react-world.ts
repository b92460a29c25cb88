import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { startTestVault, type TestUser, type TestVault } from '@valetkey-internal/testing'
import { createConnectHandlers, createValetKeyClient } from '@valetkey/core'
import { bundle, renderOnServer, type Versions } from './bundle.ts'
import { chatRoutes } from './chat-routes.ts'
import { graphRoutes } from './graph-route.ts'

type Route = (request: Request) => Promise<Response>

/** A real vault, and an app with React pages, its chat routes and its routes of Valet Key. */
export interface ReactWorld {
  readonly origin: string
  readonly vault: TestVault
  /** A user nobody has used yet; the app calls them by their id. */
  readonly newUser: () => TestUser
  /** Graphs wait before they run, until what this gives is called. */
  readonly holdGraphs: () => () => void
  readonly close: () => Promise<void>
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ')

/** Starts everything. A page is `/ENTRY/AI/REACT`, such as `/chat/v7/v19`. */
export async function startReactWorld(): Promise<ReactWorld> {
  const routes = new Map<string, Route>()
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing, routes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The app has no port')
  const origin = `http://localhost:${address.port}`
  const redirectUri = `${origin}/api/valet-key/complete`
  const vault = await startTestVault({ redirectUris: [redirectUri] })
  const users = new Map<string, TestUser>()
  const accessToken: (request: Request) => Promise<string | undefined> = async (request) => {
    const id = /\buser=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1]
    return await users.get(id ?? '')?.accessToken()
  }
  const settings = {
    issuer: vault.issuer,
    clientId: vault.client.id,
    clientSecret: vault.client.secret,
  }
  const client = createValetKeyClient({ ...settings, accessToken: '' })
  const handlers = createConnectHandlers({ client, redirectUri, accessToken })

  for (const [major, route] of Object.entries(chatRoutes({ ...settings, accessToken }))) {
    routes.set(`/api/chat/${major}`, route)
  }
  const graph = graphRoutes({ ...settings, accessToken })
  routes.set('/api/graph', graph.transport)
  routes.set('/api/threads', graph.protocol)
  routes.set('/api/valet-key/connect', handlers.start)
  routes.set('/api/valet-key/complete', handlers.callback)
  routes.set('/api/valet-key/accounts', handlers.status)
  routes.set('/api/valet-key/disconnect', async (request) => {
    const token = await accessToken(request)
    if (token === undefined) return Response.json({ error: 'login_required' }, { status: 401 })
    const { accountId } = (await request.json()) as { accountId: string }
    await createValetKeyClient({ ...settings, accessToken: token })
      .connectedAccounts()
      .deleteAccount(accountId)
    return Response.json({})
  })
  routes.set('/api/valet-key/login', async (request) => {
    const query = new URL(request.url).searchParams
    const user =
      query.get('user') ?? /\bwas=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1]
    const headers = new Headers({ location: query.get('returnTo') ?? '/' })
    headers.append('set-cookie', `user=${user}; Path=/; HttpOnly; SameSite=Lax`)
    headers.append('set-cookie', `was=${user}; Path=/; HttpOnly; SameSite=Lax`)
    return new Response(null, { status: 303, headers })
  })
  routes.set('/page.css', async () => {
    const css =
      'body { margin: 2rem auto; max-inline-size: 40rem; padding: 0 1rem; font: 1rem/1.5 sans-serif }'
    return new Response(css, { headers: { 'content-type': 'text/css' } })
  })
  routes.set('/styles.css', async () => {
    const css = readFileSync(new URL('../dist/styles.css', import.meta.url))
    return new Response(css, { headers: { 'content-type': 'text/css' } })
  })

  return {
    origin,
    vault,
    newUser: () => {
      const user = vault.newUser()
      users.set(user.id, user)
      return user
    },
    holdGraphs: graph.hold,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await vault.close()
    },
  }
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  routes: ReadonlyMap<string, Route>,
): Promise<void> {
  const request = await toRequest(incoming)
  const { pathname } = new URL(request.url)
  const folder = pathname.split('/').slice(0, 3).join('/')
  const route = routes.get(pathname) ?? routes.get(folder) ?? pageRoute
  try {
    const response = await route(request)
    outgoing.statusCode = response.status
    outgoing.setHeaders(response.headers)
    if (response.body === null) outgoing.end()
    else Readable.fromWeb(response.body as WebStream).pipe(outgoing)
  } catch (error) {
    outgoing.writeHead(500).end(String(error))
  }
}

const scripts = new Map<string, Promise<string>>()

/** `/ENTRY/AI/REACT` is a page, and with `.js` at its end the page's script. */
const pageRoute: Route = async (request) => {
  const { pathname } = new URL(request.url)
  const [, entry = '', ai = '', react = '', ...more] = pathname.replace(/\.js$/, '').split('/')
  if (!isVersion(ai, react) || more.length > 0) return new Response('Not found', { status: 404 })
  if (pathname.endsWith('.js')) {
    const script = scripts.get(pathname) ?? bundle(`${entry}.tsx`, { ai, react } as Versions)
    scripts.set(pathname, script)
    return new Response(await script, { headers: { 'content-type': 'text/javascript' } })
  }
  const rendered = entry === 'hydrated' ? await renderOnServer({ ai, react } as Versions) : ''
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>An app</title>
<link rel="stylesheet" href="/page.css">
<link rel="stylesheet" href="/styles.css">
</head>
<body><div id="root">${rendered}</div><script type="module" src="${pathname}.js"></script></body>
</html>`
  const headers = { 'content-type': 'text/html', 'content-security-policy': policy }
  return new Response(html, { headers })
}

function isVersion(ai: string, react: string): boolean {
  return /^v[567]$/.test(ai) && /^v1[89]$/.test(react)
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const { url = '/', method = 'GET', headers: given } = incoming
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) headers.set(name, String(value))
  const chunks: Uint8Array[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const body = method === 'GET' ? null : Buffer.concat(chunks)
  return new Request(new URL(url, `http://${given.host}`), { method, headers, body })
}
