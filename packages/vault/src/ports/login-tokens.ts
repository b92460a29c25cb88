import type { Client } from '../domain/client.ts'
import type { VaultRecord } from './record-store.ts'

/** What the vault knows of its own refresh tokens beyond the refresh grant. */
export interface LoginTokens {
  /** What has become of a refresh token of this client. A rotation that a crash cut off is taken back (R6). */
  rotationOf(query: { readonly client: Client; readonly refreshToken: string }): Promise<Rotation>
  /** Puts off its idle expiry (RV-54); for one whose record is at hand, by {@link LoginTokens.touch}. */
  used(query: { readonly client: Client; readonly refreshToken: string }): Promise<void>
  touch(record: VaultRecord, client: Client): Promise<void>
}

export type Rotation =
  /** Not replaced, or too long ago to be told by what: the refresh grant decides, and ends the family of a stolen one. */
  | { readonly state: 'none' }
  /** Another request is replacing it just now, or died of it a moment ago. */
  | { readonly state: 'under_way' }
  /** Within the grace of its client's policy: everybody who asks gets this one (RV-51). */
  | { readonly state: 'replaced'; readonly successor: string }
