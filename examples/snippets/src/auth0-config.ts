import { defineVault } from '@valetkey/vault'

// #region config
export const config = defineVault({
  issuer: 'https://vault.example.com/',
  storage: { sqlite: './data/vault.db' },
  keys: { local: 'file:./data/vault.key' },
  connections: [
    {
      name: 'google-oauth2', // the name that your code has
      provider: 'google',
      clientId: 'your-client-id.apps.googleusercontent.com',
      clientSecret: 'env:GOOGLE_CLIENT_SECRET',
      scopes: ['openid', 'email', 'profile'],
    },
  ],
  // Auth0's "APIs".
  apis: [{ identifier: 'https://orders.example.com', scopes: ['orders:read', 'orders:write'] }],
  clients: [
    // A "Regular Web Application".
    {
      id: 'my-app',
      name: 'My app',
      secret: 'env:MY_APP_SECRET', // 32 characters or more
      redirectUris: ['https://app.example.com/callback'], // "Allowed Callback URLs", for login and connect
      postLogoutRedirectUris: ['https://app.example.com/'], // "Allowed Logout URLs"
      grants: [
        'authorization_code',
        'refresh_token',
        'auth0_token_exchange', // "Token Vault"
        'token_exchange', // "Custom Token Exchange"
        'ciba', // withAsyncAuthorization
      ],
      connections: {
        'google-oauth2': { scopes: ['https://www.googleapis.com/auth/calendar.events'] },
      },
      apis: { 'https://orders.example.com': { scopes: ['orders:read', 'orders:write'] } },
    },
    // A "Custom API Client": exchanges the access tokens that callers bring it.
    {
      id: 'orders-service',
      secret: 'env:ORDERS_SECRET',
      api: 'https://orders.example.com',
      connections: {
        'google-oauth2': { scopes: ['https://www.googleapis.com/auth/calendar.events'] },
      },
    },
    // A "Native" or "Single Page Application": logs in, and never gets a provider's token.
    {
      id: 'my-cli',
      type: 'public',
      redirectUris: ['http://127.0.0.1/callback'], // any port
      grants: ['authorization_code', 'refresh_token', 'device_code'],
    },
  ],
})
// #endregion
