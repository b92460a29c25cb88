import { createServer } from 'node:http'

/** What a framework calls a route: a web-standard request in, a response out. */
export type Route = (request: Request) => Promise<Response>

/** A web server on a free port of this machine. */
export interface ServedRoutes {
  /** Without a slash at the end. */
  readonly url: string
  readonly close: () => void
}

/** Serves routes by their path; frameworks do this for you. */
export async function serveRoutes(
  routesAt: (url: string) => Readonly<Record<string, Route>>,
): Promise<ServedRoutes> {
  let routes: Readonly<Record<string, Route>> = {}
  let origin = ''
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
  routes = routesAt(origin)
  return { url: origin, close: () => server.close() }
}
