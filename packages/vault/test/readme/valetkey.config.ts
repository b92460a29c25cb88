import { defineVault } from '@valetkey/vault'

export default defineVault({
  issuer: 'https://vault.example.com/', // the public address, with the slash
  storage: { sqlite: './data/vault.db' },
  keys: { local: 'file:./data/vault.key' },
  connections: [
    {
      name: 'google-oauth2',
      provider: 'google',
      clientId: 'your-client-id.apps.googleusercontent.com',
      clientSecret: 'env:GOOGLE_CLIENT_SECRET',
      scopes: ['openid', 'email'],
    },
  ],
  trustedIssuers: [
    {
      issuer: 'https://idp.example.com/',
      audience: 'https://vault.example.com/',
      jwksUri: 'https://idp.example.com/.well-known/jwks.json',
    },
  ],
  clients: [
    {
      id: 'my-agent',
      secret: 'env:AGENT_SECRET',
      redirectUris: ['https://app.example.com/connect/callback'],
      connections: {
        'google-oauth2': { scopes: ['https://www.googleapis.com/auth/calendar.events'] },
      },
      subjects: ['https://idp.example.com/'],
    },
  ],
})
