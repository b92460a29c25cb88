import type { OutboxDraft } from './account-store.ts'

/** Work that must reach a provider even if the process dies: put in with the change that causes it, delivered later. */
export interface OutboxStore {
  /** For work without a change of its own (tokens of an expired attempt). */
  put(entry: {
    readonly tenant: string
    readonly draft: OutboxDraft
    readonly now: number
  }): Promise<void>
  /** Claims due entries until `leaseUntil`, oldest first. */
  claim(query: {
    readonly tenant: string
    readonly now: number
    readonly leaseUntil: number
    readonly limit: number
  }): Promise<readonly OutboxEntry[]>
  delivered(query: { readonly tenant: string; readonly id: string }): Promise<void>
  retry(query: {
    readonly tenant: string
    readonly id: string
    readonly attempts: number
    readonly nextAttemptAt: number
  }): Promise<void>
}

export interface OutboxEntry extends OutboxDraft {
  readonly tenant: string
  readonly attempts: number
  readonly createdAt: number
}
