import type { AdapterPayload } from 'oidc-provider'

import type { Client, GrantType } from '../../domain/client.ts'

/** RFC 7591 names of the grants that oidc-provider answers; the exchanges are not its business. */
const OIDC_GRANT_TYPES = {
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
  device_code: 'urn:ietf:params:oauth:grant-type:device_code',
  ciba: 'urn:openid:params:grant-type:ciba',
} as const satisfies Partial<Record<GrantType, string>>

/**
 * A client in oidc-provider's words (RFC 7591 section 2). It never authenticates a client by what stands here: the vault
 * has done so, and shows it a proof that no client knows.
 */
export function toClientMetadata(client: Client, vaultProof: string): AdapterPayload {
  const grantTypes = Object.entries(OIDC_GRANT_TYPES)
    .filter(([name]) => client.grants.some((grant) => grant === name))
    .map(([, grantType]) => grantType)
  const isPublic = client.authentication.method === 'none'
  const logsIn = client.grants.includes('authorization_code') && client.redirectUris.length > 0
  return {
    client_id: client.id,
    client_name: client.name,
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    response_types: logsIn ? ['code'] : [],
    grant_types: grantTypes,
    id_token_signed_response_alg: client.idTokenAlgorithm,
    dpop_bound_access_tokens: client.dpop === 'required',
    token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_post',
    ...(!isPublic && { client_secret: vaultProof }),
    refresh_token_seconds: client.refreshTokens.absoluteSeconds,
    ...(client.grants.includes('ciba') && { backchannel_token_delivery_mode: 'poll' }),
    ...(client.backchannelLogoutUri !== undefined && {
      backchannel_logout_uri: client.backchannelLogoutUri,
      backchannel_logout_session_required: true,
    }),
  }
}
