import type { BrowserParts } from './browser-parts.ts'
import type { RouteHandler } from './http/request-context.ts'
import type { Route } from './http/router.ts'
import {
  addIdentityRoute,
  confirmLoginRoute,
  disconnectOwnAccountRoute,
  endAllowedAppRoute,
  endSessionsRoute,
  logOutRoute,
  removeIdentityRoute,
} from './http/routes/account-forms.ts'
import {
  accountRoute,
  confirmDisconnectRoute,
  confirmRemovalRoute,
  notAddedRoute,
  signedInRoute,
} from './http/routes/account.ts'
import {
  connectDoneRoute,
  decideConnectLinkRoute,
  openConnectLinkRoute,
} from './http/routes/connect-link.ts'
import type { RateLimiter } from './ports/rate-limiter.ts'
import { endAllowedApp } from './use-cases/allowed-apps.ts'
import { approveConnectLink } from './use-cases/approve-connect-link.ts'
import { approveConnect } from './use-cases/approve-connect.ts'
import { createConnectLinks } from './use-cases/connect-links.ts'
import { disconnectAccount } from './use-cases/disconnect-account.ts'
import { endSessions } from './use-cases/end-sessions.ts'
import { findSignedIn } from './use-cases/find-signed-in.ts'
import { createLoginAttempts } from './use-cases/login-attempts.ts'
import { openConnectLink } from './use-cases/open-connect-link.ts'
import { removeIdentity } from './use-cases/remove-identity.ts'
import { createSignIns } from './use-cases/sign-ins.ts'
import { startAddingIdentity } from './use-cases/start-adding-identity.ts'
import { startConnect } from './use-cases/start-connect.ts'
import { viewAccount } from './use-cases/view-account.ts'
import { viewOwnAccount } from './use-cases/view-own-account.ts'
import type { VaultParts } from './vault-parts.ts'

export interface AccountPageRoutesOptions {
  readonly parts: VaultParts
  /** Names of the connections that people may log in with; absent: all. */
  readonly loginConnections?: readonly string[] | undefined
  readonly pendingConnects: RateLimiter
  readonly browser: BrowserParts
}

/** The user's own pages, and links that connect without an app: both need a login at the vault. */
export function accountPageRoutes({
  parts,
  loginConnections,
  pendingConnects,
  browser: { refusals, ...browser },
}: AccountPageRoutesOptions): readonly Route[] {
  const signIns = createSignIns(parts)
  const links = { ...parts, connectLinks: createConnectLinks(parts) }
  const pages = {
    ...browser,
    signIns,
    findSignedIn: async (cookies: string | undefined) => await findSignedIn(parts, cookies),
    viewAccount: viewAccount({ ...parts, loginConnections }),
    viewOwnAccount: viewOwnAccount(parts),
    openConnectLink: openConnectLink(links),
    approveConnectLink: approveConnectLink({
      ...links,
      startConnect: startConnect({ ...parts, pendingConnects }),
      approveConnect: approveConnect(parts),
    }),
    disconnectAccount: disconnectAccount(parts),
    endAllowedApp: endAllowedApp(parts),
    endSessions: endSessions(parts),
    startAddingIdentity: startAddingIdentity({
      ...parts,
      loginConnections,
      loginAttempts: createLoginAttempts(parts),
    }),
    removeIdentity: removeIdentity({ ...parts, loginConnections }),
  }
  const get: readonly (readonly [string, RouteHandler])[] = [
    ['/account', accountRoute(pages)],
    ['/account/signed-in', signedInRoute(pages)],
    ['/account/accounts/:id', confirmDisconnectRoute(pages)],
    ['/account/identities/:key', confirmRemovalRoute(pages)],
    ['/account/not-added/:reason', notAddedRoute(pages)],
    ['/connect/link/:link', openConnectLinkRoute(pages)],
    ['/connect/done', connectDoneRoute(pages)],
  ]
  const post: readonly (readonly [string, RouteHandler])[] = [
    ['/account/accounts/:id', disconnectOwnAccountRoute(pages)],
    ['/account/apps/end', endAllowedAppRoute(pages)],
    ['/account/confirm', confirmLoginRoute(pages)],
    ['/account/identities', addIdentityRoute(pages)],
    ['/account/identities/:key', removeIdentityRoute(pages)],
    ['/account/log-out', logOutRoute(pages)],
    ['/account/sessions/end', endSessionsRoute(pages)],
    ['/connect/link/:link', decideConnectLinkRoute(pages)],
  ]
  return [
    ...get.map(([path, handle]): Route => ({ method: 'GET', path, handle, refusals })),
    ...post.map(([path, handle]): Route => ({ method: 'POST', path, handle, refusals })),
  ]
}
