import { customOAuth2, customOidc, findProvider, providers } from '@valetkey/providers'

// #region facts
console.log(providers.google.revocation.scope) // 'grant': revoking one token ends them all
console.log(providers.github.refreshToken.issued) // 'never'
console.log(findProvider('slack')?.tokenResponse.shape) // 'slack_authed_user'
// #endregion

// #region custom
export const tracker = customOAuth2({
  id: 'tracker',
  name: 'Tracker',
  authorizationEndpoint: 'https://tracker.example.com/oauth/authorize',
  tokenEndpoint: 'https://tracker.example.com/oauth/token',
  revocation: { endpoint: 'https://tracker.example.com/oauth/revoke' },
  identity: {
    source: 'userinfo',
    endpoint: 'https://api.tracker.example.com/me',
    idField: 'id',
    labelFields: ['email'],
  },
  apiOrigins: ['https://api.tracker.example.com'],
})

export const company = customOidc({
  id: 'company',
  issuer: 'https://login.example.com/',
  jwksUri: 'https://login.example.com/jwks',
  authorizationEndpoint: 'https://login.example.com/authorize',
  tokenEndpoint: 'https://login.example.com/token',
  scopesForRefresh: ['offline_access'],
  apiOrigins: ['https://api.example.com'],
})
// #endregion
