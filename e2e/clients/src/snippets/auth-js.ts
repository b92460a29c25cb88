import { AuthClient } from '@auth0/auth0-auth-js'

// #region client
export const auth = new AuthClient({
  domain: 'vault.example.com', // was tenant.eu.auth0.com
  clientId: 'my-app',
  clientSecret: process.env['AUTH0_CLIENT_SECRET'] ?? '',
  authorizationParams: { redirect_uri: 'https://app.example.com/callback' },
})
// #endregion

// #region login
/** Straight to Google, whose tokens are in the vault when the user comes back. */
export async function startLogin(): Promise<{ url: URL; codeVerifier: string }> {
  const { authorizationUrl, codeVerifier } = await auth.buildAuthorizationUrl({
    authorizationParams: { connection: 'google-oauth2' },
  })
  return { url: authorizationUrl, codeVerifier }
}

export async function googleToken(refreshToken: string): Promise<string> {
  const { accessToken } = await auth.getTokenForConnection({
    connection: 'google-oauth2',
    refreshToken,
  })
  return accessToken
}
// #endregion

// #region my-account
/** For the My Account API: connecting, listing and deleting accounts. */
export async function myAccountToken(refreshToken: string): Promise<string> {
  const { accessToken } = await auth.exchangeToken({
    subjectToken: refreshToken,
    subjectTokenType: 'urn:ietf:params:oauth:token-type:refresh_token',
    audience: 'https://vault.example.com/me/',
  })
  return accessToken
}
// #endregion
