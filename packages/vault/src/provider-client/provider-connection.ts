import type { ProviderDefinition } from '@valetkey/providers'

import type { ClientCredentials } from './client-authentication.ts'

/** One configured connection, as the engine needs it: facts of the provider, and who we are there. */
export interface ProviderConnection extends ClientCredentials {
  readonly definition: ProviderDefinition
}

/** By connection name. A map is one; those that are registered at run time have to be read first. */
export interface ProviderConnections {
  get(name: string): ProviderConnection | undefined | Promise<ProviderConnection | undefined>
}
