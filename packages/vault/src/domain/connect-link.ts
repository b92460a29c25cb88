import type { Identity } from './identity.ts'

/** A day: a link may wait in a chat until somebody reads it (R12). */
export const CONNECT_LINK_SECONDS = 86_400

/**
 * What a link says (R12): who is to connect what, for whom. It grants nothing: whoever opens it has to be logged in as
 * the user whom it names, and says yes to what is then shown.
 */
export interface ConnectLink {
  /** Whose accounts they will be. */
  readonly identity: Identity
  readonly clientId: string
  readonly connection: string
  readonly scopes: readonly string[]
  /** The agent that asked, where an actor token named one. */
  readonly actor?: Identity | undefined
  /** The account that is to be mended: another one is not taken in its place (RV-69). */
  readonly accountId?: string | undefined
  readonly expiresAt: number
}
