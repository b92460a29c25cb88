import type { AdminOperation } from './admin.ts'
import type { Actor } from './identity.ts'

/** One fact for the audit log. Never a token, secret or code (RV-113). */
export interface AuditEvent {
  readonly tenant: string
  readonly at: number
  readonly type: AuditEventType
  readonly outcome: 'success' | 'refused' | 'failed'
  /** Refusal or failure reason, a code of ours. */
  readonly reason?: string | undefined
  readonly clientId?: string | undefined
  /** Who administers, where it was neither an app nor a user. */
  readonly adminId?: string | undefined
  readonly userId?: string | undefined
  readonly actor?: Actor | undefined
  readonly connection?: string | undefined
  readonly accountId?: string | undefined
  readonly generation?: number | undefined
  readonly scopes?: readonly string[] | undefined
  /** Correlates with the log line of the same request. */
  readonly requestId?: string | undefined
  /** Anything else worth keeping, by allow-listed key. */
  readonly details?: Readonly<Record<string, string | number | boolean>> | undefined
}

export type AuditEventType =
  | 'token.exchanged'
  | 'token.exchange_refused'
  | 'my_account_token.issued'
  | 'api_token.issued'
  | 'account.refreshed'
  | 'account.refresh_failed'
  | 'account.refresh_conflict'
  | 'account.state_changed'
  | 'connect.started'
  | 'connect.redirected'
  | 'connect.returned'
  | 'connect.refused'
  | 'login.redirected'
  | 'login.succeeded'
  | 'login.refused'
  | 'login.consented'
  | 'approval.decided'
  | 'identity.added'
  | 'identity.refused'
  | 'identity.removed'
  | 'session.ended'
  | 'account.connected'
  | 'account.disconnected'
  | 'account.relabelled'
  | 'consent.given'
  | 'consent.revoked'
  | 'provider.revoked'
  | 'provider.revocation_failed'
  | `admin.${AdminOperation}`
  | 'vault.started'
  | 'vault.stopped'
  | 'audit.checkpoint'
