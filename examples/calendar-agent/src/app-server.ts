import { type Route, serveRoutes } from '@valetkey-examples/backstage/serve-routes'
import { createConnectHandlers } from '@valetkey/vercel-ai'
import { auth, onBehalf } from './lib/auth.ts'
import { valetKey } from './lib/valet-key.ts'
import { finishLogin, type PendingLogin, startLogin } from './lib/vault-login.ts'

/** The web side of the app: where users log in, and connect further accounts. */
export interface AppServer {
  /** Without a slash at the end. */
  readonly url: string
  /** Resolves when the next user comes back from logging in, or from connecting. */
  readonly nextReturn: () => Promise<void>
  readonly close: () => void
}

/** Serves `/login` and `/connect`, each with its callback, and the pages to come back to. */
export async function startAppServer(): Promise<AppServer> {
  let origin = ''
  let waiting: (() => void)[] = []

  // #region connect
  const handlers = () =>
    createConnectHandlers({
      client: valetKey.client,
      redirectUri: `${origin}/connect/callback`,
      ...onBehalf,
      defaultReturnPath: '/connected',
    })

  const routes: Readonly<Record<string, Route>> = {
    '/login': login,
    '/login/callback': finish,
    '/welcome': async () => back('You are logged in. Go back to your chat.'),
    '/connect': (request) => handlers().start(request),
    '/connect/callback': (request) => handlers().callback(request),
    '/connected': async () => back('Done. Go back to your chat.'),
  }
  // #endregion

  // #region login
  /** Logins that have begun, by the state that this browser alone has in a cookie. */
  const pendingLogins = new Map<string, PendingLogin>()

  async function login(): Promise<Response> {
    const { url, ...pending } = await startLogin(`${origin}/login/callback`)
    pendingLogins.set(pending.state, pending)
    const cookie = `login=${pending.state}; Path=/login; HttpOnly; SameSite=Lax; Max-Age=600`
    return new Response(null, {
      status: 302,
      headers: { location: url.href, 'set-cookie': cookie },
    })
  }

  async function finish(request: Request): Promise<Response> {
    const [, state = ''] = /(?:^|; )login=([\w-]+)/.exec(request.headers.get('cookie') ?? '') ?? []
    const pending = pendingLogins.get(state)
    if (pending === undefined) return new Response('Log in again.', { status: 400 })
    pendingLogins.delete(state)
    auth.setSession(await finishLogin(new URL(request.url), pending))
    return Response.redirect(`${origin}/welcome`, 303)
  }
  // #endregion

  function back(text: string): Response {
    for (const goOn of waiting) goOn()
    waiting = []
    return new Response(text)
  }

  const served = await serveRoutes((url) => {
    origin = url
    return routes
  })
  return {
    ...served,
    nextReturn: async () => await new Promise((resolve) => waiting.push(resolve)),
  }
}
