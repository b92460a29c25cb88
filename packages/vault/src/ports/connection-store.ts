import type { Connection } from '../domain/connection.ts'

export interface ConnectionStore {
  find(query: { readonly tenant: string; readonly name: string }): Promise<Connection | undefined>
  /** Ordered by name. */
  list(query: { readonly tenant: string }): Promise<readonly Connection[]>
}
