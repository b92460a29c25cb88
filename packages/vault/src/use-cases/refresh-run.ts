import type { Account, AccountKey, ReconnectReason } from '../domain/account.ts'
import type { AuditEvent, AuditEventType } from '../domain/audit-event.ts'
import type { Connection } from '../domain/connection.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { OutboxStore } from '../ports/outbox-store.ts'
import type { ProviderClient } from '../ports/provider-client.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Sealer } from '../ports/sealer.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

/** Longer than a refresh may take (10 s), so that only a dead or frozen holder ever loses it. */
export const LEASE_SECONDS = 30

/** Points in a refresh at which a process can die; tests make it die there. */
export type CrashPoint =
  | 'before_claim'
  | 'after_claim'
  | 'before_send'
  | 'after_provider_response'
  | 'after_seal'
  | 'after_commit'
  | 'before_release'

export interface RunRefreshDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly accounts: AccountStore
  readonly outbox: OutboxStore
  readonly sealer: Sealer
  readonly providerClient: ProviderClient
  readonly runtime: Runtime
  /** How long to wait for another process that is refreshing the same account (R16). */
  readonly waitSeconds: number
  /** Whether tokens that cannot be stored should still be tried: no longer once a stop has waited its time. */
  readonly mayKeepTrying: () => boolean
  readonly crashPoint: (point: CrashPoint) => void | Promise<void>
}

export interface RefreshRun {
  readonly connection: Connection
  readonly account: Account
  /** Who asked first; for the log. */
  readonly clientId: string
  readonly requestId: string
}

/** How a refresh ended, for everyone who waited for it. */
export type RefreshOutcome =
  /** A newer generation is stored, by this process or another. */
  | { readonly kind: 'refreshed'; readonly account: Account }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'reconnect_required'; readonly why: ReconnectReason }
  | { readonly kind: 'provider_unavailable'; readonly retryAfterSeconds: number }
  /** Something of ours failed; it is in the log. */
  | { readonly kind: 'vault_unavailable' }

/** What a row already says about the end of a refresh of `generation`; `undefined` while it says nothing. */
export function settle(
  account: Account | undefined,
  generation: number,
  now: number,
): RefreshOutcome | undefined {
  const moved = settleMoved(account, generation)
  if (moved !== undefined) return moved
  const { nextAttemptAt = now } = account?.refresh ?? {}
  return nextAttemptAt > now
    ? { kind: 'provider_unavailable', retryAfterSeconds: nextAttemptAt - now }
    : undefined
}

/** Whether the row has gone on without this refresh: replaced, ended or removed. */
export function settleMoved(
  account: Account | undefined,
  generation: number,
): RefreshOutcome | undefined {
  if (account === undefined) return { kind: 'disconnected' }
  if (account.state === 'revoked' || account.state === 'reauth_required') {
    return { kind: 'reconnect_required', why: account.reconnectReason ?? 'revoked' }
  }
  return account.generation > generation ? { kind: 'refreshed', account } : undefined
}

export function keyOf({ tenant, id }: Account): AccountKey {
  return { tenant, accountId: id }
}

export function logFieldsOf({ connection, account, clientId, requestId }: RefreshRun): {
  readonly connection: string
  readonly accountId: string
  readonly generation: number
  readonly clientId: string
  readonly requestId: string
} {
  const { id, generation } = account
  return { connection: connection.name, accountId: id, generation, clientId, requestId }
}

/** What happened to the account. The hand-out has an event of its own, so that a log which is down costs no token. */
export async function auditRefresh(
  dependencies: RunRefreshDependencies,
  run: RefreshRun,
  type: Extract<AuditEventType, `account.${string}`>,
  outcome: AuditEvent['outcome'],
  reason?: string,
): Promise<void> {
  const { tenant, userId } = run.account
  const at = dependencies.runtime.now()
  await recordAudit(dependencies, {
    ...logFieldsOf(run),
    tenant,
    userId,
    at,
    type,
    outcome,
    ...(reason !== undefined && { reason }),
  })
}
