import type { ApiStore } from '../ports/api-store.ts'
import type { ParsedVaultConfig } from './vault-config-schema.ts'

/** The APIs of the configuration. */
export function createConfiguredApis(options: {
  readonly config: ParsedVaultConfig
  readonly tenant: string
}): ApiStore {
  const apis = new Map(
    options.config.apis.map(({ name, ...api }) => [
      api.identifier,
      { ...api, tenant: options.tenant, name: name ?? api.identifier },
    ]),
  )
  return {
    find: async ({ tenant, identifier }) =>
      tenant === options.tenant ? apis.get(identifier) : undefined,
  }
}
