import { sql } from 'kysely'
import * as z from 'zod'

import type { Actor } from '../domain/identity.ts'
import type { AccountEvent, AuditTrail } from '../ports/audit-log.ts'
import type { Logger } from '../ports/logger.ts'
import { recordMac, type AuditRecord } from './audit-chain.ts'
import { toAuditRecord } from './audit-row.ts'
import { equalMacs, type MacKeys } from './mac-keys.ts'
import { readRow } from './row.ts'
import type { SqlDatabase, SqlRow } from './sql-database.ts'

export interface AuditTrailOptions {
  readonly database: SqlDatabase
  readonly tenant: string
  readonly keys: Pick<MacKeys, 'byVersion'>
  readonly logger: Pick<Logger, 'error'>
}

/**
 * Reads the audit log by account. The columns it looks up by are not part of a record's MAC: so each record is verified,
 * and shown only for the account and the time that its own text names.
 */
export function createAuditTrail({
  database,
  tenant,
  keys,
  logger,
}: AuditTrailOptions): AuditTrail {
  async function rowsOf(
    accountId: string,
    before: Position | undefined,
    limit: number,
  ): Promise<readonly SqlRow[]> {
    const query = database.query
      .selectFrom('audit_events')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('account_id', '=', accountId)
      .orderBy('occurred_at', 'desc')
      .orderBy('writer_id', 'desc')
      .orderBy('sequence', 'desc')
      .limit(limit)
    const after =
      before &&
      sql<boolean>`(occurred_at, writer_id, sequence) < (${before.at}, ${before.writerId}, ${before.sequence})`
    return await database.rows((after === undefined ? query : query.where(after)).compile())
  }

  /** A version that was disabled or destroyed verifies nothing, like one that never was. */
  async function keyOf(version: number): ReturnType<MacKeys['byVersion']> {
    try {
      return await keys.byVersion(version)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'key_version_refused') {
        return undefined
      }
      throw error
    }
  }

  async function isGenuine(record: AuditRecord): Promise<boolean> {
    const key = await keyOf(record.keyVersion)
    return key !== undefined && equalMacs(recordMac(key, record), record.mac)
  }

  return {
    async ofAccount({ accountId, before, limit }) {
      const found: AccountEvent[] = []
      let place = before === undefined ? undefined : parsePosition(before)
      while (found.length < limit) {
        const wanted = limit - found.length
        const rows = await rowsOf(accountId, place, wanted)
        for (const row of rows) {
          const record = toAuditRecord(row)
          const at = readRow('audit_events', row).integer('occurred_at')
          place = { at, writerId: record.writerId, sequence: record.sequence }
          const event = (await isGenuine(record)) ? parseEvent(record.event) : undefined
          if (event?.accountId === accountId && event.at === at) {
            found.push(toAccountEvent(event, place))
          } else {
            logger.error('An audit record cannot be verified. Run `valetkey audit verify`', {
              code: 'audit_unverified',
              accountId,
            })
          }
        }
        if (rows.length < wanted) break
      }
      return found
    },
  }
}

interface Position {
  readonly at: number
  readonly writerId: string
  readonly sequence: number
}

/** No part has a colon. */
function formatPosition({ at, writerId, sequence }: Position): string {
  return `${at}:${sequence}:${writerId}`
}

function parsePosition(position: string): Position {
  const [, at, sequence, writerId] = /^(\d{1,15}):(\d{1,15}):([\w-]{1,64})$/.exec(position) ?? []
  if (writerId === undefined) throw new TypeError('"before" is no position of an account event')
  return { at: Number(at), writerId, sequence: Number(sequence) }
}

const EventActor: z.ZodType<Actor> = z.object({
  subject: z.string(),
  issuer: z.string().optional(),
  get actor() {
    return EventActor.optional()
  },
})

const Event = z.object({
  accountId: z.string(),
  at: z.number(),
  type: z.string(),
  outcome: z.enum(['success', 'refused', 'failed']),
  reason: z.string().optional(),
  clientId: z.string().optional(),
  actor: EventActor.optional(),
  scopes: z.array(z.string()).optional(),
})

/** `undefined` for what no vault writes. */
function parseEvent(text: string): z.infer<typeof Event> | undefined {
  return Event.safeParse(JSON.parse(text)).data
}

function toAccountEvent(event: z.infer<typeof Event>, place: Position): AccountEvent {
  const { at, type, outcome, reason, clientId, actor, scopes } = event
  return { position: formatPosition(place), at, type, outcome, reason, clientId, actor, scopes }
}
