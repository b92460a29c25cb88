import { customOidc, type ProviderDefinition } from '@valetkey/providers'
import { IDENTITY_PROVIDER_ID } from './users.ts'

/** The emulator's login system, as a provider; its URLs are always moved to the emulator. */
export const identityProviderDefinition: ProviderDefinition = customOidc({
  id: IDENTITY_PROVIDER_ID,
  name: 'Emulator Login',
  issuer: 'https://login.invalid',
  jwksUri: 'https://login.invalid/jwks.json',
  authorizationEndpoint: 'https://login.invalid/authorize',
  tokenEndpoint: 'https://login.invalid/token',
  revocation: { endpoint: 'https://login.invalid/revoke' },
  scopesForRefresh: ['offline_access'],
  accessToken: { expiry: 'always', lifetimeSeconds: 3_600 },
  apiOrigins: ['https://login.invalid'],
})
