import type { ParsedVaultConfig } from './config/vault-config-schema.ts'
import { ATTEMPT_SECONDS } from './domain/attempt-lifetimes.ts'
import { MY_ACCOUNT_SCOPES } from './domain/my-account-scopes.ts'
import { myAccountAudience } from './domain/vault-urls.ts'
import { createBrowserCookies } from './http/browser-cookies.ts'
import { createEndPages } from './http/end-pages.ts'
import { createAuthorizationPages } from './http/authorization-pages.ts'
import { authorizationServerGrants } from './http/grants/authorization-server-grants.ts'
import { myAccountGuard } from './http/gates/my-account.ts'
import { auth0TokenExchangeGrant } from './http/grants/auth0-token-exchange.ts'
import { tokenExchangeGrant } from './http/grants/token-exchange.ts'
import { createProblems } from './http/problem.ts'
import type { RouteHandler } from './http/request-context.ts'
import type { Route } from './http/router.ts'
import { approvalsRoute, decideApprovalRoute } from './http/routes/approvals.ts'
import {
  accountRoute,
  confirmDisconnectRoute,
  confirmRemovalRoute,
  notAddedRoute,
  signedInRoute,
} from './http/routes/account.ts'
import {
  addIdentityRoute,
  confirmLoginRoute,
  disconnectOwnAccountRoute,
  endAllowedAppRoute,
  endSessionsRoute,
  logOutRoute,
  removeIdentityRoute,
} from './http/routes/account-forms.ts'
import { authorizeRoute, browserRoute, userinfoRoute } from './http/routes/authorize.ts'
import { callbackRoute } from './http/routes/callback.ts'
import { CLIENT_ENDPOINTS, clientEndpointRoute } from './http/routes/client-endpoints.ts'
import {
  connectDoneRoute,
  decideConnectLinkRoute,
  openConnectLinkRoute,
} from './http/routes/connect-link.ts'
import { decideConnectRoute, openConnectPageRoute } from './http/routes/connect-page.ts'
import {
  accountsRoute,
  activityRoute,
  completeRoute,
  connectionsRoute,
  connectRoute,
  deleteAccountRoute,
  renameAccountRoute,
} from './http/routes/connected-accounts.ts'
import { consentsRoute, revokeConsentRoute } from './http/routes/consents.ts'
import { errorHelpRoute } from './http/routes/error-help.ts'
import { livenessRoute, readinessRoute } from './http/routes/health.ts'
import { jwksRoute } from './http/routes/jwks.ts'
import { decideLoginRoute, openLoginRoute } from './http/routes/login.ts'
import { logoutRoute } from './http/routes/logout.ts'
import { metadataRoute } from './http/routes/metadata.ts'
import { protectedResourceRoute } from './http/routes/protected-resource.ts'
import { createStylesheet, STYLESHEET_PATH } from './http/routes/stylesheet.ts'
import { tokenRoute } from './http/routes/token.ts'
import type { RateLimiter } from './ports/rate-limiter.ts'
import { createAddressRateLimiter } from './storage/address-rate-limiter.ts'
import { createMemoryRateLimiter } from './storage/memory-rate-limiter.ts'
import { createRisingRateLimiter } from './storage/rising-rate-limiter.ts'
import { endAllowedApp } from './use-cases/allowed-apps.ts'
import { approveConnect } from './use-cases/approve-connect.ts'
import { approveConnectLink } from './use-cases/approve-connect-link.ts'
import { authenticateClient } from './use-cases/authenticate-client.ts'
import { authorizeMyAccount } from './use-cases/authorize-my-account.ts'
import { decideApproval } from './use-cases/decide-approval.ts'
import { completeAttempt, completeConnect } from './use-cases/complete-connect.ts'
import { createConnectLinks } from './use-cases/connect-links.ts'
import { decideInteraction } from './use-cases/decide-interaction.ts'
import { disconnectAccount } from './use-cases/disconnect-account.ts'
import { endSessions } from './use-cases/end-sessions.ts'
import { exchangeToken } from './use-cases/exchange-token.ts'
import { findSignedIn } from './use-cases/find-signed-in.ts'
import { finishCallback } from './use-cases/finish-callback.ts'
import { finishLogin } from './use-cases/finish-login.ts'
import { createFormTokens } from './use-cases/form-tokens.ts'
import { issueApiToken } from './use-cases/issue-api-token.ts'
import { issueMyAccountToken } from './use-cases/issue-my-account-token.ts'
import { listAccounts } from './use-cases/list-accounts.ts'
import { listActivity } from './use-cases/list-activity.ts'
import { listApprovals } from './use-cases/list-approvals.ts'
import { listConnections } from './use-cases/list-connections.ts'
import { createLoginAttempts } from './use-cases/login-attempts.ts'
import { listConsents } from './use-cases/list-consents.ts'
import { offerConnectLink } from './use-cases/offer-connect-link.ts'
import { openConnectLink } from './use-cases/open-connect-link.ts'
import { openConnectPage } from './use-cases/open-connect-page.ts'
import { openInteraction } from './use-cases/open-interaction.ts'
import { createPollPace } from './use-cases/poll-pace.ts'
import { createPageCursors } from './use-cases/page-cursors.ts'
import type { AccountRefresher } from './use-cases/refresh-account.ts'
import { refreshForApi } from './use-cases/refresh-for-api.ts'
import { refreshLogin } from './use-cases/refresh-login.ts'
import { removeIdentity } from './use-cases/remove-identity.ts'
import { renameAccount } from './use-cases/rename-account.ts'
import { revokeConsent } from './use-cases/revoke-consent.ts'
import { createSignIns } from './use-cases/sign-ins.ts'
import { startAddingIdentity } from './use-cases/start-adding-identity.ts'
import { startConnect } from './use-cases/start-connect.ts'
import { startLogin } from './use-cases/start-login.ts'
import { viewAccount } from './use-cases/view-account.ts'
import { viewOwnAccount } from './use-cases/view-own-account.ts'
import type { VaultParts } from './vault-parts.ts'

export interface VaultRoutesOptions {
  readonly parts: VaultParts
  readonly refresher: AccountRefresher
  readonly limits: ParsedVaultConfig['limits']
  /** Names of the connections that people may log in with; absent: all. */
  readonly loginConnections?: readonly string[] | undefined
  readonly isReady: () => Promise<boolean>
  /** For `private_key_jwt`. */
  readonly assertionAlgorithms: readonly string[]
  /** For DPoP proofs. */
  readonly dpopAlgorithms: readonly string[]
}

/** Every path of the vault, each with its use case. */
export function vaultRoutes(options: VaultRoutesOptions): readonly Route[] {
  const { limits } = options
  const pendingConnects = createMemoryRateLimiter({
    points: limits.pendingConnectsPerUser,
    durationSeconds: ATTEMPT_SECONDS,
  })
  const shared = { ...options, pendingConnects, browser: browserParts(options) }
  return [
    ...tokenRoutes(options),
    ...connectedAccountsRoutes(shared),
    ...openRoutes(shared),
    ...accountRoutes(shared),
  ]
}

interface ConnectRoutesOptions extends VaultRoutesOptions {
  readonly pendingConnects: RateLimiter
  readonly browser: ReturnType<typeof browserParts>
}

function tokenRoutes({
  parts,
  refresher,
  limits,
  assertionAlgorithms,
  dpopAlgorithms,
  loginConnections,
}: VaultRoutesOptions): readonly Route[] {
  const { issuer } = parts
  const shared = { ...parts, vaultIssuer: issuer, audience: myAccountAudience(issuer) }
  const connectLinks = createConnectLinks(parts)
  const exchange = exchangeToken({
    ...shared,
    refresher,
    offerConnectLink: offerConnectLink({ ...parts, connectLinks, loginConnections }),
  })
  const own = {
    issueMyAccountToken: issueMyAccountToken(shared),
    issueApiToken: issueApiToken(shared),
  }
  const refresh = refreshLogin(parts)
  const grants = [
    ...authorizationServerGrants({
      ...parts,
      refreshLogin: refresh,
      refreshForApi: refreshForApi({ ...shared, ...own, refreshLogin: refresh }),
      pollPace: createPollPace(parts),
    }),
    tokenExchangeGrant({ issuer, exchangeToken: exchange, ...own }),
    auth0TokenExchangeGrant({ exchangeToken: exchange }),
  ]
  const pointsPerMinute = limits.failedAuthenticationsPerMinute
  const authenticate = authenticateClient({
    ...parts,
    failuresByClient: createRisingRateLimiter({
      pointsPerMinute,
      limiterOf: createMemoryRateLimiter,
    }),
    failuresByAddress: createRisingRateLimiter({
      pointsPerMinute,
      limiterOf: createAddressRateLimiter,
    }),
  })
  const token = tokenRoute({ ...parts, grants, authenticateClient: authenticate })
  const grantTypes = grants.map(({ grantType }) => grantType)
  const metadata = metadataRoute({ issuer, grantTypes, assertionAlgorithms, dpopAlgorithms })
  const jwks = jwksRoute({ publicKeys: parts.publicKeys })
  return [
    { method: 'POST', path: '/oauth/token', handle: token, scripts: 'answered' },
    ...CLIENT_ENDPOINTS.map((endpoint): Route => ({
      method: 'POST',
      path: endpoint.path,
      scripts: endpoint.scripts,
      handle: clientEndpointRoute({ ...parts, authenticateClient: authenticate }, endpoint),
    })),
    ...(['GET', 'POST'] as const).map((method): Route => ({
      method,
      path: '/userinfo',
      scripts: 'answered',
      handle: userinfoRoute(parts),
    })),
    // For whoever looks for an OAuth server, and for whoever looks nowhere but under OpenID Connect's name.
    ...['oauth-authorization-server', 'openid-configuration'].map((name): Route => ({
      method: 'GET',
      path: `/.well-known/${name}`,
      handle: metadata,
      head: 'answered',
      scripts: 'answered',
    })),
    {
      method: 'GET',
      path: '/.well-known/jwks.json',
      handle: jwks,
      head: 'answered',
      scripts: 'answered',
    },
  ]
}

function connectedAccountsRoutes({
  parts,
  limits,
  dpopAlgorithms,
  pendingConnects,
}: ConnectRoutesOptions): readonly Route[] {
  const { issuer } = parts
  const shared = {
    ...parts,
    vaultIssuer: issuer,
    audience: myAccountAudience(issuer),
    pendingConnects,
  }
  const problems = createProblems({ issuer })
  const guard = myAccountGuard({
    ...parts,
    authorizeMyAccount: authorizeMyAccount(shared),
    dpopAlgorithms,
    calls: createMemoryRateLimiter({ points: limits.accountCallsPerMinute, durationSeconds: 60 }),
    problems,
  })
  const api = { guard, problems }
  const lists = { ...parts, cursors: createPageCursors(parts) }
  const metadata = protectedResourceRoute({ issuer, scopes: MY_ACCOUNT_SCOPES, dpopAlgorithms })
  const handlers = {
    connect: connectRoute({ ...api, issuer, startConnect: startConnect(shared) }),
    complete: completeRoute({ ...api, completeConnect: completeConnect(shared) }),
    accounts: accountsRoute({ ...api, listAccounts: listAccounts(lists) }),
    connections: connectionsRoute({ ...api, listConnections: listConnections(lists) }),
    remove: deleteAccountRoute({ ...api, disconnectAccount: disconnectAccount(parts) }),
    rename: renameAccountRoute({ ...api, renameAccount: renameAccount(parts) }),
    consents: consentsRoute({ ...api, listConsents: listConsents(lists) }),
    revokeConsent: revokeConsentRoute({ ...api, revokeConsent: revokeConsent(parts) }),
    approvals: approvalsRoute({ ...api, listApprovals: listApprovals(parts) }),
    decide: decideApprovalRoute({ ...api, decideApproval: decideApproval(parts) }),
    activity: activityRoute({ ...api, listActivity: listActivity(lists) }),
  }
  const path = '/me/v1/connected-accounts'
  const resource = '/.well-known/oauth-protected-resource/me'
  const routes: readonly Route[] = [
    { method: 'POST', path: `${path}/connect`, handle: handlers.connect },
    { method: 'POST', path: `${path}/complete`, handle: handlers.complete },
    { method: 'GET', path: `${path}/accounts`, handle: handlers.accounts },
    { method: 'GET', path: `${path}/connections`, handle: handlers.connections },
    { method: 'DELETE', path: `${path}/accounts/:id`, handle: handlers.remove },
    { method: 'PATCH', path: `${path}/accounts/:id`, handle: handlers.rename },
    { method: 'GET', path: `${path}/accounts/:id/activity`, handle: handlers.activity },
    { method: 'GET', path: `${path}/consents`, handle: handlers.consents },
    { method: 'DELETE', path: `${path}/consents/:client_id`, handle: handlers.revokeConsent },
    { method: 'GET', path: '/me/v1/approvals', handle: handlers.approvals },
    { method: 'POST', path: '/me/v1/approvals/:id', handle: handlers.decide },
    // As the resource is written, and as its clients may write it.
    { method: 'GET', path: `${resource}/`, handle: metadata, head: 'answered' },
    { method: 'GET', path: resource, handle: metadata, head: 'answered' },
  ]
  return routes.map((route) => ({ ...route, scripts: 'answered' }))
}

function browserParts({ parts, limits }: VaultRoutesOptions) {
  const { issuer } = parts
  const stylesheet = createStylesheet({ issuer })
  const endPages = createEndPages({ stylesheet })
  return {
    issuer,
    stylesheet,
    cookies: createBrowserCookies({ issuer }),
    formTokens: createFormTokens(parts),
    endPages,
    refusals: {
      limiter: createAddressRateLimiter({
        points: limits.connectPagesPerMinute,
        durationSeconds: 60,
      }),
      tooMany: endPages.tooMany,
    },
  }
}

/** What browsers and monitors ask for, without a token. */
function openRoutes({
  parts,
  isReady,
  loginConnections,
  pendingConnects,
  browser: { refusals, ...browser },
}: ConnectRoutesOptions): readonly Route[] {
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

/** The user's own pages, and links that connect without an app: both need a login at the vault. */
function accountRoutes({
  parts,
  loginConnections,
  pendingConnects,
  browser: { refusals, ...browser },
}: ConnectRoutesOptions): readonly Route[] {
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
