import type { Api } from '../domain/api.ts'

/** The APIs that the vault issues access tokens for. */
export interface ApiStore {
  find(query: { readonly tenant: string; readonly identifier: string }): Promise<Api | undefined>
}
