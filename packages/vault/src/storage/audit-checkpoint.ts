import * as z from 'zod'

import type { AuditEvent } from '../domain/audit-event.ts'
import type { AuditHead } from './audit-chain.ts'
import { toAuditHead } from './audit-row.ts'
import type { BatchStep, SqlDatabase } from './sql-database.ts'

/** Heads that one checkpoint names; the next one takes the rest. */
const MAX_HEADS = 32

/** The end of another writer's chain as a checkpoint saw it. */
export interface TiedHead {
  readonly writerId: string
  readonly count: number
  /** base64url */
  readonly hash: string
}

export interface Checkpoint {
  readonly event: AuditEvent
  /** Marks the heads as tied, in the batch that writes the event. */
  readonly steps: readonly BatchStep[]
}

/**
 * An event that names the heads of other writers which no checkpoint names yet. Since it becomes part of this
 * writer's chain, the whole chain of another writer cannot be cut short or dropped unseen. `undefined` when there is
 * nothing new to tie.
 */
export async function makeCheckpoint(
  { query, rows }: Pick<SqlDatabase, 'query' | 'rows'>,
  {
    tenant,
    writerId,
    now,
  }: { readonly tenant: string; readonly writerId: string; readonly now: number },
): Promise<Checkpoint | undefined> {
  const untied = await rows(
    query
      .selectFrom('audit_heads')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('writer_id', '!=', writerId)
      .whereRef('sequence', '>', 'tied_sequence')
      .orderBy('writer_id')
      .limit(MAX_HEADS)
      .compile(),
  )
  const heads = untied.map(toAuditHead)
  if (heads.length === 0) return undefined
  return {
    event: {
      tenant,
      at: now,
      type: 'audit.checkpoint',
      outcome: 'success',
      details: Object.fromEntries(heads.map((head) => [head.writerId, describeHead(head)])),
    },
    steps: heads.map(({ writerId: other, count }) => ({
      statement: query
        .updateTable('audit_heads')
        .set({ tied_sequence: count })
        .where('tenant_id', '=', tenant)
        .where('writer_id', '=', other)
        .where('tied_sequence', '<', count)
        .compile(),
    })),
  }
}

const CheckpointEvent = z.object({
  type: z.literal('audit.checkpoint'),
  details: z.record(z.string(), z.string().regex(/^\d+:[A-Za-z0-9_-]+$/)),
})

/** The heads an event's JSON names; none when it is no checkpoint. */
export function readCheckpoint(event: string): readonly TiedHead[] {
  const checkpoint = CheckpointEvent.safeParse(JSON.parse(event))
  if (!checkpoint.success) return []
  return Object.entries(checkpoint.data.details).map(([writerId, head]) => {
    const [count = '', hash = ''] = head.split(':')
    return { writerId, count: Number(count), hash }
  })
}

function describeHead({ count, hash }: AuditHead): string {
  return `${count}:${hash}`
}
