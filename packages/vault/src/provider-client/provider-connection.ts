import type { ProviderDefinition } from '@valetkey/providers'

import type { ClientCredentials } from './client-authentication.ts'

/** One configured connection, as the engine needs it: facts of the provider, and who we are there. */
export interface ProviderConnection extends ClientCredentials {
  readonly definition: ProviderDefinition
}
