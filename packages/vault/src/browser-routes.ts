import type { BrowserParts } from './browser-parts.ts'
import { createAuthorizationPages } from './http/authorization-pages.ts'
import type { Route } from './http/router.ts'
import { authorizeRoute, browserRoute } from './http/routes/authorize.ts'
import { callbackRoute } from './http/routes/callback.ts'
import { decideConnectRoute, openConnectPageRoute } from './http/routes/connect-page.ts'
import { errorHelpRoute } from './http/routes/error-help.ts'
import { livenessRoute, readinessRoute } from './http/routes/health.ts'
import { decideLoginRoute, openLoginRoute } from './http/routes/login.ts'
import { logoutRoute } from './http/routes/logout.ts'
import { STYLESHEET_PATH } from './http/routes/stylesheet.ts'
import type { RateLimiter } from './ports/rate-limiter.ts'
import { approveConnect } from './use-cases/approve-connect.ts'
import { completeAttempt } from './use-cases/complete-connect.ts'
import { decideInteraction } from './use-cases/decide-interaction.ts'
import { finishCallback } from './use-cases/finish-callback.ts'
import { finishLogin } from './use-cases/finish-login.ts'
import { createLoginAttempts } from './use-cases/login-attempts.ts'
import { openConnectPage } from './use-cases/open-connect-page.ts'
import { openInteraction } from './use-cases/open-interaction.ts'
import { startLogin } from './use-cases/start-login.ts'
import type { VaultParts } from './vault-parts.ts'

export interface BrowserRoutesOptions {
  readonly parts: VaultParts
  readonly isReady: () => Promise<boolean>
  /** Names of the connections that people may log in with; absent: all. */
  readonly loginConnections?: readonly string[] | undefined
  readonly pendingConnects: RateLimiter
  readonly browser: BrowserParts
}

/** What browsers and monitors ask for, without a token. */
export function browserRoutes({
  parts,
  isReady,
  loginConnections,
  pendingConnects,
  browser: { refusals, ...browser },
}: BrowserRoutesOptions): readonly Route[] {
  const { stylesheet } = browser
  const loginAttempts = createLoginAttempts(parts)
  const login = {
    ...browser,
    openInteraction: openInteraction({ ...parts, loginConnections }),
    startLogin: startLogin({ ...parts, loginConnections, loginAttempts }),
    decideInteraction: decideInteraction(parts),
  }
  const authorization = { ...parts, pages: createAuthorizationPages({ stylesheet }) }
  const page = browserRoute(authorization)
  const routes = {
    open: openConnectPageRoute({ ...browser, openConnectPage: openConnectPage(parts) }),
    decide: decideConnectRoute({ ...browser, approveConnect: approveConnect(parts) }),
    callback: callbackRoute({
      ...browser,
      finishCallback: finishCallback({
        ...parts,
        completeAttempt: completeAttempt({ ...parts, pendingConnects }),
      }),
      finishLogin: finishLogin({ ...parts, loginAttempts }),
    }),
    errorHelp: errorHelpRoute({ stylesheet }),
    readiness: readinessRoute({ isReady }),
  }
  return [
    { method: 'GET', path: '/connect', handle: routes.open, refusals },
    { method: 'POST', path: '/connect', handle: routes.decide, refusals },
    { method: 'GET', path: '/authorize', handle: authorizeRoute(authorization), refusals },
    { method: 'POST', path: '/authorize', handle: authorizeRoute(authorization), refusals },
    { method: 'GET', path: '/authorize/:uid', handle: page, refusals },
    { method: 'GET', path: '/login/:id', handle: openLoginRoute(login), refusals },
    { method: 'POST', path: '/login/:id', handle: decideLoginRoute(login), refusals },
    { method: 'GET', path: '/activate', handle: page, refusals },
    { method: 'POST', path: '/activate', handle: page, refusals },
    { method: 'GET', path: '/activate/:uid', handle: page, refusals },
    { method: 'GET', path: '/oidc/logout', handle: page, refusals },
    { method: 'POST', path: '/oidc/logout', handle: page, refusals },
    { method: 'GET', path: '/v2/logout', handle: logoutRoute(authorization), refusals },
    { method: 'POST', path: '/oidc/logout/confirm', handle: page, refusals },
    { method: 'GET', path: '/oidc/logout/success', handle: page, refusals },
    { method: 'GET', path: '/callback/:connection', handle: routes.callback, refusals },
    { method: 'GET', path: '/errors/:code', handle: routes.errorHelp, head: 'answered' },
    { method: 'GET', path: `/${STYLESHEET_PATH}`, handle: stylesheet.route, head: 'answered' },
    { method: 'GET', path: '/healthz', handle: livenessRoute(), head: 'answered' },
    { method: 'GET', path: '/readyz', handle: routes.readiness, head: 'answered' },
  ]
}
