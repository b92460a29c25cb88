import type { Client } from '../domain/client.ts'
import type { VaultRecord } from './record-store.ts'

/** What the vault knows of its own refresh tokens beyond the refresh grant. */
export interface LoginTokens {
  /**
   * What a refresh token of this client was replaced by, within the grace of its client's policy (R6); `undefined` when
   * it was not, or too long ago. A rotation that a crash cut off before it had a successor is taken back.
   */
  successorOf(query: {
    readonly client: Client
    readonly refreshToken: string
  }): Promise<string | undefined>
  /** Puts off its idle expiry (RV-54); for one whose record is at hand, by {@link LoginTokens.touch}. */
  used(query: { readonly client: Client; readonly refreshToken: string }): Promise<void>
  touch(record: VaultRecord, client: Client): Promise<void>
}
