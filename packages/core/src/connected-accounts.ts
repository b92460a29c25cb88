/** A user's account on a connection, as the user may see it: no token. */
export interface ConnectedAccount {
  /** `cac_…` */
  readonly id: string
  readonly connection: string
  /** The name the provider gives the account. Written by the provider. */
  readonly label: string | undefined
  readonly providerAccountId: string | undefined
  /** `active`, `reauth_required`, …; `undefined` where the vault does not say. */
  readonly state: string | undefined
  readonly scopes: readonly string[]
  /** Epoch seconds. */
  readonly createdAt: number | undefined
}

/** A connection that accounts can be made on. */
export interface AvailableConnection {
  readonly name: string
  readonly strategy: string | undefined
  readonly scopes: readonly string[]
}

/** What to connect. */
export interface ConnectRequest {
  readonly connection: string
  /** Where the vault sends the browser back; registered at the vault. */
  readonly redirectUri: string
  /** Comes back with the browser. */
  readonly state: string
  /** PKCE, method S256 (RFC 7636). */
  readonly codeChallenge: string
  readonly scopes?: readonly string[] | undefined
  readonly authorizationParams?: Readonly<Record<string, string>> | undefined
}

/** A connect flow that has begun. */
export interface ConnectAttempt {
  /** Where to send the browser. */
  readonly url: string
  /** Needed to complete; a secret of the app's own server. */
  readonly authSession: string
  readonly expiresInSeconds: number
}

/** What ends a connect flow. */
export interface CompleteRequest {
  readonly authSession: string
  /** `connect_code` that came back with the browser. */
  readonly connectCode: string
  readonly redirectUri: string
  readonly codeVerifier: string
}

/** Which accounts to list. */
export interface AccountFilter {
  readonly connection?: string | undefined
}

/** Options of one call. */
export interface ConnectedAccountsCall {
  readonly signal?: AbortSignal | undefined
}

/**
 * The user's connected accounts at the vault. Every call throws {@link ValetKeyError} with the code
 * that the answer means; `login_required` as an `InterruptError`.
 */
export interface ConnectedAccounts {
  /** Begins a connect flow. */
  connect(request: ConnectRequest, options?: ConnectedAccountsCall): Promise<ConnectAttempt>
  /** Ends it. @throws {not_connected} when the attempt is unknown or has expired */
  complete(request: CompleteRequest, options?: ConnectedAccountsCall): Promise<ConnectedAccount>
  /** All accounts, page after page. */
  listAccounts(
    filter?: AccountFilter,
    options?: ConnectedAccountsCall,
  ): Promise<readonly ConnectedAccount[]>
  /** All connections that this client may offer. */
  listConnections(options?: ConnectedAccountsCall): Promise<readonly AvailableConnection[]>
  /** Disconnects, and revokes at the provider. An account that is gone already is no error. */
  deleteAccount(id: string, options?: ConnectedAccountsCall): Promise<void>
}

/** Scopes of the My Account API. */
export type MyAccountScope =
  | 'create:me:connected_accounts'
  | 'read:me:connected_accounts'
  | 'delete:me:connected_accounts'
