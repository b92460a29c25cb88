import type { Client } from '../domain/client.ts'

export interface ClientStore {
  find(query: { readonly tenant: string; readonly clientId: string }): Promise<Client | undefined>
}
