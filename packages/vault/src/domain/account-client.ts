import type { Client } from './client.ts'
import { signedInUri } from './vault-urls.ts'

/** The vault's own pages, as a client of the vault. Nobody can register under this name. */
export const ACCOUNT_CLIENT_ID = 'valetkey-account'

/**
 * What the vault's pages log people in by: a client that has a redirect URI and nothing else. It has no secret, so that
 * it can authenticate nowhere and a code of it is never redeemed; what its login is for is the session.
 */
export function accountClient({
  tenant,
  issuer,
}: {
  readonly tenant: string
  readonly issuer: string
}): Client {
  return {
    tenant,
    id: ACCOUNT_CLIENT_ID,
    name: 'Valet Key',
    authentication: { method: 'client_secret', secretHashes: [] },
    redirectUris: [signedInUri(issuer)],
    postLogoutRedirectUris: [],
    origins: [],
    grants: ['authorization_code'],
    connections: {},
    apis: {},
    subjects: [],
    actors: [],
    impersonation: 'refuse',
    consent: 'implied',
    myAccountScopes: [],
    refreshTokens: { rotation: 'always', graceSeconds: 0, idleSeconds: 60, absoluteSeconds: 60 },
    idTokenAlgorithm: 'ES256',
    dpop: 'optional',
  }
}
