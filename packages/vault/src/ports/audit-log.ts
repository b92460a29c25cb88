import type { AuditEvent } from '../domain/audit-event.ts'

/** Append-only, keyed hash chain, durable (R19). */
export interface AuditLog {
  /** Resolves when the event is on disk; rejects when it could not be written, and then nothing may be handed out. */
  append(event: AuditEvent): Promise<void>
}
