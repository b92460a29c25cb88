/** Fields of every interrupt. */
interface InterruptBase {
  readonly type: 'valetkey.interrupt'
  readonly version: 1
  /** One sentence for the user. */
  readonly message: string
  /** The tool call that waits, where the framework names it. */
  readonly tool?: { readonly callId: string; readonly name: string } | undefined
}

/** The user has to connect, reconnect or extend an account. */
export interface ConnectInterrupt extends InterruptBase {
  readonly kind: 'connect'
  readonly reason:
    | 'not_connected'
    | 'scopes_missing'
    | 'reconnect_required'
    | 'consent_required'
    | 'account_ambiguous'
  readonly connection: string
  /** Scopes the tool needs. */
  readonly requiredScopes: readonly string[]
  /** Those of them that the account lacks, where the vault said which. */
  readonly missingScopes: readonly string[]
  /** Parameters for the provider's authorization page. */
  readonly authorizationParams?: Readonly<Record<string, string>> | undefined
  /** The accounts to choose from, with `account_ambiguous`. Labels come from the provider. */
  readonly accounts?: readonly { readonly id: string; readonly label: string }[] | undefined
  /** The app's own route that starts the connect flow: a path, or an `http(s)` URL. */
  readonly connectUrl?: string | undefined
}

/** The user has to log in to the app again. */
export interface LoginInterrupt extends InterruptBase {
  readonly kind: 'login'
  readonly reason: 'login_required'
}

/** The user has to say yes or no to an action. Instants are seconds since the epoch. */
export interface ApproveInterrupt extends InterruptBase {
  readonly kind: 'approve'
  readonly reason: 'approval_required'
  readonly approvalId: string
  readonly requestedAt: number
  readonly expiresAt: number
  readonly intervalSeconds: number
}

/** What the user must do before the tool can go on: plain JSON, without any secret. */
export type Interrupt = ConnectInterrupt | LoginInterrupt | ApproveInterrupt
