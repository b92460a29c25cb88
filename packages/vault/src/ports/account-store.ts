import type { Account, AccountKey, AccountState, ReconnectReason } from '../domain/account.ts'

/**
 * Where accounts live. Each method is one atomic step. Implementations pass `describeAccountStore`
 * (storage/account-store.contract.ts), nasty ids and concurrent compare-and-set included.
 */
export interface AccountStore {
  /** `undefined` when there is no such account. Expiry is the caller's to decide. */
  find(key: AccountKey): Promise<Account | undefined>
  /** A user's accounts on one connection, oldest first. The exchange's hot path: one indexed read. */
  findOnConnection(owner: {
    readonly tenant: string
    readonly userId: string
    readonly connection: string
  }): Promise<readonly Account[]>
  /** A user's accounts over all connections, ordered by id, after `cursor` (an account id), at most `limit`. */
  list(query: {
    readonly tenant: string
    readonly userId: string
    readonly connection?: string | undefined
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<readonly Account[]>
  /**
   * Claims the refresh and writes the intent in one statement (R14). Refused when the generation moved, the state is
   * not `active` or `uncertain`, a lease is live, or `nextAttemptAt` lies ahead.
   * `mayHaveBeenSpent`: an earlier claimer of this very generation never cleared its intent.
   */
  claimRefresh(claim: RefreshClaim): Promise<RefreshClaimResult>
  /** Extends a lease that is still ours; resolves to whether it was. */
  renewLease(renewal: AccountLease & { readonly leaseUntil: number }): Promise<boolean>
  /**
   * Stores refreshed tokens as generation + 1, state `active`, lease, intent, failures and reason cleared.
   * Compare-and-set on the generation, not on the lease; resolves to whether it wrote.
   */
  commitRefresh(commit: RefreshCommit): Promise<boolean>
  /**
   * Ends a claim without new tokens. Compare-and-set on the lease id. `intent: 'clear'` only when it is proven that
   * the refresh token was not spent (R15).
   */
  releaseRefresh(release: RefreshRelease): Promise<boolean>
  /** Changes the state if the generation still equals `generation`; clears the lease. Resolves to whether it wrote. */
  changeState(change: {
    readonly key: AccountKey
    readonly generation: number
    readonly state: AccountState
    readonly reconnectReason?: ReconnectReason | undefined
    readonly errorCode?: string | undefined
    readonly now: number
  }): Promise<boolean>
  /**
   * Writes an account, and what ends with it into the outbox, in one batch: a new row, or the next generation of the one
   * that is there. Resolves to whether it wrote; it does not when somebody else wrote meanwhile.
   */
  put(change: {
    readonly account: Account
    readonly replaces?: { readonly generation: number } | undefined
    readonly outbox?: readonly OutboxDraft[] | undefined
    readonly now: number
  }): Promise<boolean>
  /** Resolves to whether there was such an account of this user. */
  relabel(change: {
    readonly key: AccountKey
    readonly userId: string
    readonly label: string
    readonly now: number
  }): Promise<boolean>
  /**
   * Removes the account and, in the same batch, puts the revocation into the outbox. Idempotent: `undefined` when there
   * was none of this user. `revocation` makes the outbox entry from the row that is being removed.
   */
  remove(removal: {
    readonly key: AccountKey
    readonly userId: string
    readonly revocation?: OutboxDraft | undefined
    readonly expectedGeneration: number
    readonly now: number
  }): Promise<'removed' | 'not_found' | 'conflict'>
  /** Live accounts and unfinished attempts that share this OAuth client and provider account (R10). */
  countSharingGrant(query: {
    readonly tenant: string
    readonly connections: readonly string[]
    readonly providerAccountId: string
    readonly exceptAccountId: string
  }): Promise<number>
}

export interface AccountLease {
  readonly key: AccountKey
  readonly generation: number
  readonly leaseId: string
}

export interface RefreshClaim extends AccountLease {
  readonly now: number
  readonly leaseUntil: number
}

export type RefreshClaimResult =
  | { readonly claimed: true; readonly account: Account; readonly mayHaveBeenSpent: boolean }
  | { readonly claimed: false }

export interface RefreshCommit {
  readonly key: AccountKey
  /** The generation that was refreshed; the row becomes `generation + 1`. */
  readonly generation: number
  /** Both sealed under `generation + 1`. */
  readonly accessToken: Uint8Array
  /** Absent: the account has none from now on. One that stays must be sealed anew. */
  readonly refreshToken?: Uint8Array | undefined
  readonly accessIssuedAt: number
  readonly accessExpiresAt?: number | undefined
  readonly refreshExpiresAt?: number | undefined
  readonly scopes: readonly string[]
  readonly now: number
}

export interface RefreshRelease extends AccountLease {
  /** `clear` takes back this claim's intent only; that of an earlier claimer that never came back stays. */
  readonly intent: 'clear' | 'keep'
  readonly state: 'active' | 'uncertain'
  /** Whether the failure counts for the back-off. */
  readonly failure?: { readonly code: string; readonly nextAttemptAt: number } | undefined
  readonly now: number
}

/** An outbox entry before it has an id. The payload is sealed JSON. */
export interface OutboxDraft {
  readonly id: string
  readonly kind: 'provider_revocation'
  readonly payload: Uint8Array
}
