// What docs/login.md shows: one login system after the other, its settings and what the SDK presents.
// The packages of these systems are not installed here: their parts that the snippets call are declared
// below by structure, as their documentation of November 2026 has them.
import { createValetKeyClient, type ValetKeyClient } from '@valetkey/core'
import { type ClientConfig, defineVault, type VaultConfig } from '@valetkey/vault'

/** What every client needs beside the settings that are shown. */
const agent = {
  id: 'my-agent',
  secret: 'env:AGENT_SECRET',
  redirectUris: ['https://app.example.com/connect/callback'],
  connections: {
    'google-oauth2': { scopes: ['https://www.googleapis.com/auth/calendar.events'] },
  },
} as const satisfies ClientConfig

type LoginSettings = Pick<VaultConfig, 'trustedIssuers' | 'clients'>

// next-auth 5: `getToken` of next-auth/jwt (@auth/core/jwt), and what its callbacks are given.
interface AuthJsToken {
  readonly refreshToken?: string | undefined
  readonly accessToken?: string | undefined
}
interface AuthJsAccount {
  readonly provider: string
  readonly refresh_token?: string | undefined
  readonly access_token?: string | undefined
}
declare function getToken(options: {
  readonly req: Request
  readonly secret: string
  readonly secureCookie: boolean
}): Promise<AuthJsToken | null>

// @clerk/nextjs/server
declare const clerk: {
  readonly auth: () => Promise<{ readonly getToken: () => Promise<string | null> }>
}

// better-auth with its JWT plugin
declare const betterAuth: {
  readonly api: {
    readonly getToken: (request: { readonly headers: Headers }) => Promise<{ token: string }>
  }
}

// @supabase/ssr: a server client, made for the request
declare const supabase: {
  readonly auth: {
    readonly getSession: () => Promise<{
      readonly data: { readonly session: { readonly access_token: string } | null }
    }>
  }
}

// @auth0/nextjs-auth0 4
declare const auth0: { readonly getAccessToken: () => Promise<{ readonly token: string }> }

// The session of an app that logs in with an OpenID Connect library, such as openid-client.
declare function getSession(): Promise<
  | { readonly accessToken?: string; readonly refreshToken?: string; readonly userId: string }
  | undefined
>

// #region vault
export const vaultLogin: LoginSettings = {
  clients: [
    {
      ...agent,
      grants: ['authorization_code', 'refresh_token', 'token_exchange'],
      redirectUris: [
        'https://app.example.com/login/callback', // where logging in returns to
        'https://app.example.com/connect/callback', // where connecting returns to
      ],
      postLogoutRedirectUris: ['https://app.example.com/'],
    },
  ],
}
// #endregion

// #region vault-sdk
export const withVaultLogin = createValetKeyClient({
  refreshToken: async () => (await getSession())?.refreshToken,
  connectUrl: '/connect',
})
// #endregion

// #region authjs-vault
/** A provider of Auth.js: the vault itself. */
export const vaultProvider = {
  id: 'valetkey',
  name: 'Valet Key',
  type: 'oidc',
  issuer: process.env['VALETKEY_ISSUER'],
  clientId: process.env['VALETKEY_CLIENT_ID'],
  clientSecret: process.env['VALETKEY_CLIENT_SECRET'],
  authorization: { params: { scope: 'openid profile email offline_access' } },
  checks: ['pkce', 'state', 'nonce'],
} as const

export const callbacks = {
  /** Keeps the refresh token in Auth.js's own cookie, which is encrypted. It never rotates by default. */
  jwt: ({ token, account }: { token: AuthJsToken; account?: AuthJsAccount | null }): AuthJsToken =>
    account?.provider === 'valetkey' ? { ...token, refreshToken: account.refresh_token } : token,
}

/** In a route. It is read on the server, and never put into the session that browsers get. */
export const valetKeyFor = (request: Request): ValetKeyClient =>
  createValetKeyClient({
    refreshToken: async () => {
      const secret = process.env['AUTH_SECRET'] ?? ''
      // `getToken` of next-auth/jwt. secureCookie: true where the app is https.
      return (await getToken({ req: request, secret, secureCookie: true }))?.refreshToken
    },
    connectUrl: '/connect',
  })
// #endregion

// #region clerk
export const clerkLogin: LoginSettings = {
  trustedIssuers: [
    {
      issuer: 'https://clerk.example.com', // the Frontend API URL, without a slash
      jwksUri: 'https://clerk.example.com/.well-known/jwks.json',
      algorithms: ['RS256'],
      // no audience: session tokens carry none
    },
  ],
  clients: [
    {
      ...agent,
      subjects: [{ issuer: 'https://clerk.example.com', azp: ['https://app.example.com'] }],
    },
  ],
}
// #endregion

// #region clerk-sdk
export const withClerk = createValetKeyClient({
  accessToken: async () => (await clerk.auth()).getToken(),
  connectUrl: '/connect',
})
// #endregion

// #region better-auth
export const betterAuthLogin: LoginSettings = {
  trustedIssuers: [
    {
      issuer: 'https://app.example.com', // baseURL, as it stands there
      jwksUri: 'https://app.example.com/api/auth/jwks',
      audience: 'https://vault.example.com/', // jwt({ jwt: { audience } })
      algorithms: ['EdDSA'],
    },
  ],
  clients: [{ ...agent, subjects: ['https://app.example.com'] }],
}
// #endregion

// #region better-auth-sdk
export const withBetterAuth = (headers: Headers): ValetKeyClient =>
  createValetKeyClient({
    accessToken: async () => (await betterAuth.api.getToken({ headers })).token,
    connectUrl: '/connect',
  })
// #endregion

// #region supabase
export const supabaseLogin: LoginSettings = {
  trustedIssuers: [
    {
      issuer: 'https://PROJECT.supabase.co/auth/v1',
      jwksUri: 'https://PROJECT.supabase.co/auth/v1/.well-known/jwks.json',
      audience: 'authenticated',
      algorithms: ['ES256', 'RS256'],
    },
  ],
  clients: [{ ...agent, subjects: ['https://PROJECT.supabase.co/auth/v1'] }],
}
// #endregion

// #region supabase-sdk
export const withSupabase = createValetKeyClient({
  accessToken: async () => (await supabase.auth.getSession()).data.session?.access_token,
  connectUrl: '/connect',
})
// #endregion

// #region keycloak
export const keycloakLogin: LoginSettings = {
  trustedIssuers: [
    {
      issuer: 'https://id.example.com/realms/REALM',
      jwksUri: 'https://id.example.com/realms/REALM/protocol/openid-connect/certs',
      audience: 'https://vault.example.com/', // "Included Custom Audience" of an audience mapper
      algorithms: ['RS256'],
    },
  ],
  clients: [
    {
      ...agent,
      subjects: [{ issuer: 'https://id.example.com/realms/REALM', azp: ['my-keycloak-client'] }],
    },
  ],
}
// #endregion

// #region oidc-sdk
export const withOwnLogin = createValetKeyClient({
  accessToken: async () => (await getSession())?.accessToken,
  connectUrl: '/connect',
})
// #endregion

// #region auth0
export const auth0Login: LoginSettings = {
  trustedIssuers: [
    {
      issuer: 'https://TENANT.eu.auth0.com/', // with the slash
      jwksUri: 'https://TENANT.eu.auth0.com/.well-known/jwks.json',
      audience: 'https://vault.example.com/', // an API of this identifier, registered at Auth0
      algorithms: ['RS256'],
    },
  ],
  clients: [
    {
      ...agent,
      subjects: [{ issuer: 'https://TENANT.eu.auth0.com/', azp: ['AUTH0_CLIENT_ID'] }],
    },
  ],
}
// #endregion

// #region auth0-sdk
export const withAuth0 = createValetKeyClient({
  accessToken: async () => (await auth0.getAccessToken()).token,
  connectUrl: '/connect',
})
// #endregion

// #region signed
export const signedLogin: LoginSettings = {
  clients: [
    {
      id: 'my-agent',
      jwks: { keys: [{ kty: 'EC', crv: 'P-256', kid: '2026-11', x: '…', y: '…' }] },
      redirectUris: ['https://app.example.com/connect/callback'],
      connections: agent.connections,
      signedSubjects: { issuer: 'https://app.example.com/', connections: ['google-oauth2'] },
    },
  ],
}

export const withSignedSubject = createValetKeyClient({
  privateKey: { key: process.env['AGENT_KEY'] ?? '', algorithm: 'ES256' }, // PKCS #8 PEM
  signedSubject: async () => (await getSession())?.userId,
  connectUrl: '/connect',
})
// #endregion

/** All of them are settings that a vault takes. */
export const vaults = [
  vaultLogin,
  clerkLogin,
  betterAuthLogin,
  supabaseLogin,
  keycloakLogin,
  auth0Login,
  signedLogin,
].map((settings) =>
  defineVault({
    issuer: 'https://vault.example.com/',
    storage: { sqlite: './data/vault.db' },
    keys: { local: 'file:./data/vault.key' },
    connections: [
      {
        name: 'google-oauth2',
        provider: 'google',
        clientId: 'your-client-id.apps.googleusercontent.com',
        clientSecret: 'env:GOOGLE_CLIENT_SECRET',
      },
    ],
    ...settings,
  }),
)
