export {
  providerHandlers,
  type ProviderHandlers,
  type ProviderHandlersOptions,
} from './msw/provider-handlers.ts'
export {
  vaultHandlers,
  type DetaillessVaultError,
  type VaultExchange,
  type VaultHandlersOptions,
  type VaultToken,
} from './msw/vault-handlers.ts'
export type { VaultError } from './msw/vault-error-response.ts'
