import type { Identity } from './identity.ts'

/**
 * One run of the connect flow: `started` (ticket issued) → `redirected` (the person pressed the
 * button, the provider has them) → `redeeming` (the code came back and is being redeemed, once) → `returned` (tokens
 * held, pending) → `completed`. `failed` and expiry end it.
 */
export type AttemptState =
  | 'started'
  | 'redirected'
  | 'redeeming'
  | 'returned'
  | 'completed'
  | 'failed'

export interface ConnectAttempt {
  readonly tenant: string
  /** `att_…` */
  readonly id: string
  readonly state: AttemptState
  /**
   * R11. `ticket`: an app completes it, and the browser is not identified. `link`: there is no app, so the browser's user
   * has to be the attempt's, and the vault completes.
   */
  readonly mode: 'ticket' | 'link'
  /** Who started it, and who must finish it. */
  readonly identity: Identity
  readonly userId: string
  readonly clientId: string
  readonly connection: string
  /** The agent that the flow was started for, by its token's `act`: the consent names it (R8). */
  readonly actor?: Identity | undefined
  /** What the provider will be asked for. */
  readonly scopes: readonly string[]
  readonly scopesMode: 'accumulate' | 'replace'
  readonly redirectUri: string
  /** The app's own `state`, given back as it is. */
  readonly clientState?: string | undefined
  /** S256 challenge of the app's PKCE pair, if it sent one. */
  readonly codeChallenge?: string | undefined
  /** Allow-listed parameters passed on to the provider (`login_hint`, `prompt`, …). */
  readonly authorizationParams: Readonly<Record<string, string>>
  /** SHA-256 of each bearer value; the values themselves are never stored (RV-53). */
  readonly ticketHash: Uint8Array
  readonly authSessionHash: Uint8Array
  /** Set with `redirected`: hash of the provider `state`, and of the browser's binding cookie (RV-61). */
  readonly providerStateHash?: Uint8Array | undefined
  readonly browserHash?: Uint8Array | undefined
  /** Sealed JSON of the PKCE verifier and nonce towards the provider. */
  readonly providerSecrets?: Uint8Array | undefined
  /** Set with `returned`: hash of the `connect_code`, and sealed JSON of tokens and provider account. */
  readonly connectCodeHash?: Uint8Array | undefined
  readonly pending?: Uint8Array | undefined
  readonly expiresAt: number
  readonly createdAt: number
}
