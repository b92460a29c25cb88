import { jsonAnswer, methodNotAllowed, plainAnswer, refuseForeign } from '@valetkey/core/adapter'
import { createAccountRoutes } from './account-routes.ts'
import type { App } from './app.ts'
import { markFailed } from './failed-flow.ts'
import { callbackRoute, loginRoute, logoutRoute, sessionRoute } from './login-routes.ts'

/** The exports of the catch-all route, `app/api/valet-key/[...valetKey]/route.ts`. */
export interface Handlers {
  readonly GET: (request: Request) => Promise<Response>
  readonly POST: (request: Request) => Promise<Response>
}

interface Route {
  readonly method: 'GET' | 'POST'
  readonly answer: (request: Request) => Promise<Response>
}

/** Makes the one route that answers all of them, by the last part of the path. */
export function createHandlers(app: App): Handlers {
  const accounts = createAccountRoutes(app)
  const ownLogin = {
    login: { method: 'GET', answer: (request: Request) => loginRoute(app, request) },
    callback: { method: 'GET', answer: (request: Request) => callbackRoute(app, request) },
    logout: { method: 'POST', answer: (request: Request) => logoutRoute(app, request) },
    session: { method: 'GET', answer: (request: Request) => sessionRoute(app, request) },
  } as const
  const routes: ReadonlyMap<string, Route> = new Map(
    Object.entries<Route>({
      ...ownLogin,
      connect: { method: 'GET', answer: accounts.connect },
      complete: { method: 'GET', answer: accounts.complete },
      accounts: { method: 'GET', answer: accounts.accounts },
      disconnect: { method: 'POST', answer: accounts.disconnect },
    }),
  )

  const answer = async (request: Request): Promise<Response> => {
    const name = lastPart(request)
    const route = routes.get(name)
    if (route === undefined) return jsonAnswer(404, { error: 'not_found' })
    if (app.foreignSubject !== undefined && Object.hasOwn(ownLogin, name)) {
      return plainAnswer(
        404,
        'Users of this app log in elsewhere: a subject source was given to createValetKey.',
      )
    }
    if (request.method !== route.method) return methodNotAllowed(route.method)
    const refusal =
      route.method === 'POST' ? refuseForeign(request, app.settings().origin) : undefined
    return refusal ?? markFailed(await route.answer(request), app.settings())
  }
  return { GET: answer, POST: answer }
}

function lastPart({ url }: Request): string {
  return (
    new URL(url).pathname
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? ''
  )
}
