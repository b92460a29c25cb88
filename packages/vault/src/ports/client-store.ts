import type { Client } from '../domain/client.ts'

export interface ClientStore {
  find(query: { readonly tenant: string; readonly clientId: string }): Promise<Client | undefined>
  /** Origins whose scripts may call the vault: those of all public clients (R26). */
  origins(query: { readonly tenant: string }): Promise<ReadonlySet<string>>
}
