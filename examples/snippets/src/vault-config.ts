import { customOAuth2 } from '@valetkey/providers'
import { createVault, defineVault, startVault } from '@valetkey/vault'

const tracker = customOAuth2({
  id: 'tracker',
  authorizationEndpoint: 'https://tracker.example.com/oauth/authorize',
  tokenEndpoint: 'https://tracker.example.com/oauth/token',
  identity: {
    source: 'userinfo',
    endpoint: 'https://api.tracker.example.com/me',
    idField: 'id',
    labelFields: ['email'],
  },
  apiOrigins: ['https://api.tracker.example.com'],
})

// #region policies
export const config = defineVault({
  issuer: 'https://vault.example.com/',
  storage: { sqlite: './data/vault.db' },
  keys: { local: 'file:./data/vault.key' },
  proxy: { trustedHops: 1 },
  audit: { headFile: '/mnt/elsewhere/audit-heads.jsonl' },
  connections: [
    {
      name: 'google-oauth2',
      provider: 'google',
      clientId: 'your-client-id.apps.googleusercontent.com',
      clientSecret: 'env:GOOGLE_CLIENT_SECRET',
      scopes: ['openid', 'email'],
    },
    {
      name: 'tracker',
      provider: tracker, // made by customOAuth2
      clientId: 'vault',
      clientSecret: 'file:./secrets/tracker',
    },
  ],
  trustedIssuers: [
    // A token with an audience:
    {
      issuer: 'https://tenant.eu.auth0.com/',
      audience: 'https://vault.example.com/', // an API of this identifier, registered at Auth0
      jwksUri: 'https://tenant.eu.auth0.com/.well-known/jwks.json',
    },
    // A token without one: each client names the parties it accepts.
    {
      issuer: 'https://clerk.example.com',
      jwksUri: 'https://clerk.example.com/.well-known/jwks.json',
    },
  ],
  clients: [
    {
      id: 'calendar-agent',
      secret: ['env:AGENT_SECRET', 'env:AGENT_SECRET_NEXT'], // two while one replaces the other
      redirectUris: ['https://app.example.com/connect/callback'],
      connections: {
        'google-oauth2': { scopes: ['https://www.googleapis.com/auth/calendar.events'] },
      },
      subjects: ['https://tenant.eu.auth0.com/'],
    },
    {
      id: 'tracker-agent',
      jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', kid: '2026-11', x: '…' }] },
      redirectUris: ['https://tracker-app.example.com/connect/callback'],
      connections: { tracker: { scopes: ['issues:read'], overScope: 'refuse' } },
      subjects: [{ issuer: 'https://clerk.example.com', azp: ['https://tracker-app.example.com'] }],
      myAccountScopes: ['create:me:connected_accounts', 'read:me:connected_accounts'],
    },
  ],
})
// #endregion

// #region library
const vault = await createVault(config, { environment: process.env, literalSecrets: 'refused' })
const answer: Response = await vault.fetch(new Request('https://vault.example.com/healthz'))
await vault.stop()

// The same, listening:
const started = await startVault(config, { environment: process.env, port: 8787 })
await started.close()
// #endregion

export { answer }
