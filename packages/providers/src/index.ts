export {
  customOAuth2,
  customOidc,
  type CustomOAuth2Options,
  type CustomOidcOptions,
} from './custom-provider.ts'
export type {
  AccessTokenFacts,
  ApiUnauthorized,
  ProviderDefinition,
  ProviderIdentity,
  ProviderRevocation,
  RefreshTokenFacts,
  RefreshTokenLife,
  RefreshTokenRotation,
  TokenResponseFacts,
} from './provider-definition.ts'
export { findProvider, providers, type ProviderId } from './providers.ts'
