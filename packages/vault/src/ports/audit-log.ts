import type { AuditEvent } from '../domain/audit-event.ts'
import type { Actor } from '../domain/identity.ts'

/** Append-only, keyed hash chain, durable (R19). */
export interface AuditLog {
  /** Resolves when the event is on disk; rejects when it could not be written, and then nothing may be handed out. */
  append(event: AuditEvent): Promise<void>
}

/** Reads what was appended, by whichever process. */
export interface AuditTrail {
  /** What happened to one account, latest first. Records that cannot be verified are left out, and logged. */
  ofAccount(query: {
    readonly accountId: string
    /** {@link AccountEvent.position} of the last event of the page before. */
    readonly before?: string | undefined
    readonly limit: number
  }): Promise<readonly AccountEvent[]>
}

/** An audit event as its user may see it. */
export interface AccountEvent {
  /** Where it stands among the events of the account. */
  readonly position: string
  readonly at: number
  /** A type of {@link AuditEvent}, of this version of the vault or another one. */
  readonly type: string
  readonly outcome: AuditEvent['outcome']
  readonly reason?: string | undefined
  readonly clientId?: string | undefined
  readonly actor?: Actor | undefined
  readonly scopes?: readonly string[] | undefined
}
