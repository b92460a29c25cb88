import type { Account } from '../domain/account.ts'
import type { ConnectAttempt } from '../domain/attempt.ts'
import type { OutboxDraft } from './account-store.ts'

/** Where runs of the connect flow live. Lookups are by hash; each transition is compare-and-set on the state. */
export interface AttemptStore {
  insert(attempt: ConnectAttempt): Promise<void>
  findByTicket(query: AttemptQuery): Promise<ConnectAttempt | undefined>
  findByProviderState(query: AttemptQuery): Promise<ConnectAttempt | undefined>
  findByAuthSession(query: AttemptQuery): Promise<ConnectAttempt | undefined>
  /** `started` → `redirected`: redeems the ticket. Resolves to whether this call did it. */
  redirect(change: {
    readonly tenant: string
    readonly id: string
    readonly providerStateHash: Uint8Array
    readonly browserHash: Uint8Array
    readonly providerSecrets: Uint8Array
  }): Promise<boolean>
  /** `redirected` → `redeeming`, so that a provider code is redeemed once. Resolves to whether this call did it. */
  takeReturn(change: { readonly tenant: string; readonly id: string }): Promise<boolean>
  /** → `returned`, with the pending tokens. */
  recordReturn(change: {
    readonly tenant: string
    readonly id: string
    readonly connectCodeHash: Uint8Array
    readonly pending: Uint8Array
    /** Whose tokens are pending, for `countSharingGrant` (R10); absent counts as anybody's. */
    readonly providerAccountId?: string | undefined
    /** The connect code's own, shorter life. */
    readonly expiresAt: number
  }): Promise<boolean>
  /** Ends an attempt from any state but `completed`, erasing what it holds. */
  fail(change: { readonly tenant: string; readonly id: string }): Promise<boolean>
  /**
   * `returned` → `completed` and the account written, in one batch: a new row, or the existing row replaced if its
   * generation still equals `replaces.generation`. Erases what the attempt held. Resolves to whether it wrote.
   */
  complete(change: {
    readonly tenant: string
    readonly id: string
    readonly account: Account
    readonly replaces?: { readonly generation: number } | undefined
    readonly outbox?: readonly OutboxDraft[] | undefined
    readonly now: number
  }): Promise<boolean>
  /** Removes attempts that expired before `now`, at most `limit`; resolves to those that still held tokens. */
  sweep(query: {
    readonly tenant: string
    readonly now: number
    readonly limit: number
  }): Promise<readonly ConnectAttempt[]>
}

export interface AttemptQuery {
  readonly tenant: string
  readonly hash: Uint8Array
}
