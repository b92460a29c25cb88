import { createValetKeyClient } from '@valetkey/core'
import { defineVault } from '@valetkey/vault'
import { createRemoteJWKSet, jwtVerify } from 'jose'

import { getSession } from './your-app.ts'

// #region config
export const config = defineVault({
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
  trustedIssuers: [
    {
      issuer: 'https://idp.example.com/',
      jwksUri: 'https://idp.example.com/.well-known/jwks.json',
    },
  ],
  apis: [
    { identifier: 'https://orders.example.com', scopes: ['stock:read', 'orders:write'] },
    { identifier: 'https://inventory.example.com', scopes: ['stock:read'] },
  ],
  clients: [
    {
      id: 'my-agent',
      secret: 'env:AGENT_SECRET',
      subjects: ['https://idp.example.com/'],
      apis: { 'https://orders.example.com': { scopes: ['stock:read', 'orders:write'] } },
    },
    {
      id: 'orders-service',
      secret: 'env:ORDERS_SECRET',
      api: 'https://orders.example.com', // the tokens that it receives are subjects that it may present
      apis: { 'https://inventory.example.com': { scopes: ['stock:read'] } },
      connections: {
        'google-oauth2': { scopes: ['https://www.googleapis.com/auth/calendar.events'] },
      },
    },
  ],
})
// #endregion

const valetKey = createValetKeyClient()

// #region agent
/** In the agent: a token for Orders, made from the user's login. */
export async function placeOrder(request: Request): Promise<Response> {
  const { token } = await valetKey.exchangeForApi({
    audience: 'https://orders.example.com',
    scopes: ['stock:read', 'orders:write'],
    accessToken: async () => (await getSession(request))?.accessToken,
  })
  return await fetch('https://orders.example.com/orders', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
}
// #endregion

// #region api
const keys = createRemoteJWKSet(new URL('https://vault.example.com/.well-known/jwks.json'))

/** In Orders: what any API does with the token that a caller brings (RFC 9068 section 4). */
export async function whoCalls(token: string): Promise<{ user: string; actor: unknown }> {
  const { payload } = await jwtVerify(token, keys, {
    issuer: 'https://vault.example.com/',
    audience: 'https://orders.example.com',
    typ: 'at+jwt',
    requiredClaims: ['sub', 'client_id', 'exp'],
  })
  return { user: payload.sub ?? '', actor: payload['act'] }
}
// #endregion

// #region next
/** In Orders: the same user at the next API, and at Google. */
export async function checkStock(received: string): Promise<readonly string[]> {
  const inventory = await valetKey.exchangeForApi({
    audience: 'https://inventory.example.com',
    scopes: ['stock:read'],
    accessToken: received,
  })
  const google = await valetKey.getAccessTokenForConnection({
    connection: 'google-oauth2',
    scopes: ['https://www.googleapis.com/auth/calendar.events'],
    accessToken: received,
  })
  return [inventory.token, google.token]
}
// #endregion
