import { errors, type ResourceServer } from 'oidc-provider'

import { apiPolicyOf, type Client } from '../../domain/client.ts'
import { myAccountAudience } from '../../domain/vault-urls.ts'
import type { ApiStore } from '../../ports/api-store.ts'

/** The connected-accounts API's tokens live as long as one connect flow. */
const MY_ACCOUNT_TOKEN_SECONDS = 600

export interface ResourceServerOptions {
  readonly tenant: string
  readonly issuer: string
  readonly apis: ApiStore
}

/** What a client may log a user in for: APIs of its policy, and there only the scopes of its policy (RV-42). */
export async function resourceServerOf(
  { tenant, issuer, apis }: ResourceServerOptions,
  identifier: string,
  client: Client,
): Promise<ResourceServer> {
  if (identifier === myAccountAudience(issuer)) {
    if (client.myAccountScopes.length === 0) throw new errors.InvalidTarget()
    return {
      scope: client.myAccountScopes.join(' '),
      audience: identifier,
      accessTokenTTL: MY_ACCOUNT_TOKEN_SECONDS,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'RS256' } },
    }
  }
  const api = await apis.find({ tenant, identifier })
  const policy = apiPolicyOf(client, identifier)
  // An unknown API and one that is not the client's are told apart by nobody.
  if (api === undefined || policy === undefined) throw new errors.InvalidTarget()
  return {
    scope: policy.scopes.filter((scope) => api.scopes.includes(scope)).join(' '),
    audience: identifier,
    accessTokenTTL: api.tokenLifetimeSeconds,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: api.algorithm } },
  }
}
