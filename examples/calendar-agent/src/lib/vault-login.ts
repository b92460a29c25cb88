// #region login
import * as client from 'openid-client'
import type { Session } from './auth.ts'

/** What the browser's session keeps between leaving and coming back. */
export interface PendingLogin {
  readonly state: string
  readonly codeVerifier: string
  readonly nonce: string
}

/** Where to send the browser: "Sign in with Google", at the vault. */
export async function startLogin(redirectUri: string): Promise<PendingLogin & { url: URL }> {
  const pending = {
    state: client.randomState(),
    codeVerifier: client.randomPKCECodeVerifier(),
    nonce: client.randomNonce(),
  }
  const url = client.buildAuthorizationUrl(await discoverVault(), {
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access', // offline_access: a refresh token
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(pending.codeVerifier),
    code_challenge_method: 'S256',
    connection: 'google-oauth2', // without it the user chooses
    connection_scope: 'https://www.googleapis.com/auth/calendar.events', // connected by the login
  })
  return { ...pending, url }
}

/** Takes the user who came back: the refresh token is the vault's, and nobody else's. */
export async function finishLogin(returned: URL, pending: PendingLogin): Promise<Session> {
  const tokens = await client.authorizationCodeGrant(await discoverVault(), returned, {
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    pkceCodeVerifier: pending.codeVerifier,
    idTokenExpected: true,
  })
  const { refresh_token: refreshToken } = tokens
  if (refreshToken === undefined) throw new Error('The vault gave no refresh token')
  const claims = tokens.claims()
  const name = claims?.['email'] ?? claims?.sub
  return { user: typeof name === 'string' ? name : 'somebody', refreshToken }
}

/** Ends the login at the vault: the refresh token is of no use from now on (RFC 7009). */
export async function endLogin({ refreshToken = '' }: Session): Promise<void> {
  await client.tokenRevocation(await discoverVault(), refreshToken)
}

async function discoverVault(): Promise<client.Configuration> {
  const {
    VALETKEY_ISSUER: issuer = '',
    VALETKEY_CLIENT_ID: id = '',
    VALETKEY_CLIENT_SECRET: secret = '',
  } = process.env
  return await client.discovery(new URL(issuer), id, secret, undefined, {
    // `valetkey dev` is http on loopback; remove this for a vault with https.
    execute: issuer.startsWith('http:') ? [client.allowInsecureRequests] : [],
  })
}
// #endregion
