import type { ProviderDefinition } from '@valetkey/providers'

import type { Connection } from '../domain/connection.ts'

/** Where a connection's tokens and users may be sent, read off the provider's definition. */
export function originsOf(
  definition: ProviderDefinition,
): Pick<Connection, 'apiOrigins' | 'apiErrors' | 'consentOrigins'> {
  return {
    apiOrigins: definition.apiOrigins,
    apiErrors: definition.apiUnauthorized === undefined ? undefined : 'slack_ok_false',
    consentOrigins: definition.consentOrigins ?? [new URL(definition.authorizationEndpoint).origin],
  }
}
