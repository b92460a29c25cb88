import type { ParsedVaultConfig } from './config/vault-config-schema.ts'
import { myAccountAudience } from './domain/vault-urls.ts'
import { createFailureLimits } from './failure-limits.ts'
import { auth0TokenExchangeGrant } from './http/grants/auth0-token-exchange.ts'
import { authorizationServerGrants } from './http/grants/authorization-server-grants.ts'
import { tokenExchangeGrant } from './http/grants/token-exchange.ts'
import type { Route } from './http/router.ts'
import { userinfoRoute } from './http/routes/authorize.ts'
import { CLIENT_ENDPOINTS, clientEndpointRoute } from './http/routes/client-endpoints.ts'
import { jwksRoute } from './http/routes/jwks.ts'
import { metadataRoute } from './http/routes/metadata.ts'
import { tokenRoute } from './http/routes/token.ts'
import { authenticateClient } from './use-cases/authenticate-client.ts'
import { createConnectLinks } from './use-cases/connect-links.ts'
import { exchangeToken } from './use-cases/exchange-token.ts'
import { issueApiToken } from './use-cases/issue-api-token.ts'
import { issueMyAccountToken } from './use-cases/issue-my-account-token.ts'
import { offerConnectLink } from './use-cases/offer-connect-link.ts'
import { createPollPace } from './use-cases/poll-pace.ts'
import type { AccountRefresher } from './use-cases/refresh-account.ts'
import { refreshForApi } from './use-cases/refresh-for-api.ts'
import { refreshLogin } from './use-cases/refresh-login.ts'
import type { VaultParts } from './vault-parts.ts'

export interface TokenRoutesOptions {
  readonly parts: VaultParts
  readonly refresher: AccountRefresher
  readonly limits: Pick<ParsedVaultConfig['limits'], 'failedAuthenticationsPerMinute'>
  /** Names of the connections that people may log in with; absent: all. */
  readonly loginConnections?: readonly string[] | undefined
  /** For `private_key_jwt`. */
  readonly assertionAlgorithms: readonly string[]
  /** For DPoP proofs. */
  readonly dpopAlgorithms: readonly string[]
}

/** What clients ask for and about tokens, and what tells them how. */
export function tokenRoutes({
  parts,
  refresher,
  limits,
  assertionAlgorithms,
  dpopAlgorithms,
  loginConnections,
}: TokenRoutesOptions): readonly Route[] {
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
  const authenticate = authenticateClient({ ...parts, ...createFailureLimits(limits) })
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
