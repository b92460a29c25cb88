// What docs/adapters/next.md shows: one login system after the other, with its own package's types.
import { Auth0Client } from '@auth0/nextjs-auth0/server'
import { auth } from '@clerk/nextjs/server'
import { createServerClient } from '@supabase/ssr'
import { createValetKey } from '@valetkey/next'
import { createValetKey as createToolsValetKey } from '@valetkey/vercel-ai'
import { betterAuth } from 'better-auth'
import { jwt } from 'better-auth/plugins'
import type { NextAuthOptions } from 'next-auth'
import { getToken } from 'next-auth/jwt'
import { cookies, headers } from 'next/headers'
import { NextRequest } from 'next/server'

// #region authjs
/** `refreshToken` of the vault, kept in Auth.js's own cookie, which is encrypted. */
export const authOptions: NextAuthOptions = {
  providers: [
    {
      id: 'valetkey',
      name: 'Valet Key',
      type: 'oauth',
      wellKnown: `${process.env['VALETKEY_ISSUER']}.well-known/openid-configuration`,
      clientId: process.env['VALETKEY_CLIENT_ID'] ?? '',
      clientSecret: process.env['VALETKEY_CLIENT_SECRET'] ?? '',
      client: { token_endpoint_auth_method: 'client_secret_post' },
      authorization: { params: { scope: 'openid profile email offline_access' } },
      idToken: true,
      checks: ['pkce', 'state', 'nonce'],
      profile: ({ sub, name, email }) => ({ id: sub, name, email }),
    },
  ],
  callbacks: {
    jwt: ({ token, account }) =>
      account?.provider === 'valetkey' ? { ...token, refreshToken: account.refresh_token } : token,
  },
}

export const withAuthJs = createValetKey({
  refreshToken: async () => {
    const req = new NextRequest('https://app.example.com', { headers: await headers() })
    const token = await getToken({ req, secureCookie: true }) // false on http://localhost
    return typeof token?.['refreshToken'] === 'string' ? token['refreshToken'] : undefined
  },
})
// #endregion

// #region clerk
export const withClerk = createValetKey({
  accessToken: async () => (await auth()).getToken(),
})
// #endregion

// #region better-auth
const login = betterAuth({
  plugins: [jwt({ jwt: { audience: 'https://vault.example.com/' } })],
})

export const withBetterAuth = createValetKey({
  accessToken: async () => {
    const request = { headers: await headers() }
    const isLoggedIn = (await login.api.getSession(request)) !== null
    return isLoggedIn ? (await login.api.getToken(request)).token : undefined
  },
})
// #endregion

// #region auth0
const auth0 = new Auth0Client({
  authorizationParameters: { audience: 'https://vault.example.com/' },
})

export const withAuth0 = createValetKey({
  accessToken: async () => {
    const isLoggedIn = (await auth0.getSession()) !== null
    return isLoggedIn ? (await auth0.getAccessToken()).token : undefined
  },
})
// #endregion

// #region supabase
export const withSupabase = createValetKey({
  accessToken: async () => {
    const store = await cookies()
    const supabase = createServerClient(
      process.env['NEXT_PUBLIC_SUPABASE_URL'] ?? '',
      process.env['NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY'] ?? '',
      { cookies: { getAll: () => store.getAll() } }, // your proxy.ts refreshes; here it only reads
    )
    return (await supabase.auth.getSession()).data.session?.access_token
  },
})
// #endregion

// #region auth0-tenant
export const withTenant = createValetKey({
  domain: 'TENANT.eu.auth0.com', // or AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET
})
// #endregion

const valetKey = withTenant
// #region share
export const tools = createToolsValetKey({
  client: valetKey.client, // of @valetkey/next: its vault, its cache, its connect route
  subjectToken: valetKey.subjectToken, // whoever is logged in
})
// #endregion
