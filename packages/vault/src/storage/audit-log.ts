import type { AuditEvent } from '../domain/audit-event.ts'
import type { AuditLog } from '../ports/audit-log.ts'
import type { Logger } from '../ports/logger.ts'
import type { Runtime } from '../ports/runtime.ts'
import { CHAIN_START, isHeadGenuine, recordMac, signHead, type AuditHead } from './audit-chain.ts'
import { makeCheckpoint } from './audit-checkpoint.ts'
import { type AuditLookup, insertAuditRecord, moveAuditHead, toAuditHead } from './audit-row.ts'
import { canonicalJson } from './canonical-json.ts'
import type { MacKeys } from './mac-keys.ts'
import type { BatchStep, SqlDatabase } from './sql-database.ts'

/** So that one batch never holds the writer for long. */
const MAX_BATCH_EVENTS = 256

/** An event has a few hundred bytes; one of this size is a mistake. */
const MAX_EVENT_CHARACTERS = 64 * 1024

const WRITER_ID = /^[A-Za-z0-9_-]{1,64}$/

export interface AuditLogOptions {
  readonly database: SqlDatabase
  readonly tenant: string
  /** Names this process's chain, `[A-Za-z0-9_-]{1,64}`; two running processes must not share one. */
  readonly writerId: string
  readonly keys: MacKeys
  readonly runtime: Pick<Runtime, 'now' | 'sleep'>
  readonly logger: Pick<Logger, 'error'>
  /** Gets signed heads, to be kept outside the database. What it throws is logged and fails no append. */
  readonly onHead?: ((head: AuditHead) => void) | undefined
  /** A head goes out at the latest so long after the record it covers. Default 60. */
  readonly headIntervalSeconds?: number | undefined
  /** A checkpoint of the other writers' heads comes first in a chain, and again after so many events. Default 1,000. */
  readonly checkpointEveryEvents?: number | undefined
}

/** One writer's chain (R19). */
export interface ChainedAuditLog extends AuditLog {
  /** Writes what is waiting and gives out the last head; later appends are refused. Idempotent. */
  close(): Promise<void>
}

interface Waiting {
  readonly entry: Entry
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/** An event as it will be stored. */
interface Entry extends AuditLookup {
  readonly text: string
}

interface Position {
  readonly sequence: number
  readonly hash: Uint8Array
}

/**
 * Appends to this writer's chain. Events that arrive while a batch is being written make up the next batch and share
 * its flush; in an idle vault an event waits for one turn of the event loop. A checkpoint is not an event of anybody:
 * it is written along with the batch that makes it due.
 */
export function createAuditLog({
  database,
  tenant,
  writerId,
  keys,
  runtime,
  logger,
  onHead,
  headIntervalSeconds = 60,
  checkpointEveryEvents = 1_000,
}: AuditLogOptions): ChainedAuditLog {
  if (!WRITER_ID.test(writerId)) {
    throw new TypeError('"writerId" must be 1 to 64 letters, digits, "_" or "-"')
  }
  let waiting: Waiting[] = []
  let flushing: Promise<void> | undefined
  /** Unknown at the start, and after a failure: what failed may have been written all the same. */
  let position: Position | undefined
  let eventsUntilCheckpoint = 0
  let latestHead: AuditHead | undefined
  let publishedCount = 0
  let publishing: Promise<void> | undefined
  const closing = new AbortController()

  async function flush(): Promise<void> {
    // One turn, so that events of the same moment share a batch.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH_EVENTS)
      waiting = waiting.slice(MAX_BATCH_EVENTS)
      try {
        await write(batch.map(({ entry }) => entry))
        batch.forEach(({ resolve }) => resolve())
      } catch (error) {
        position = undefined
        batch.forEach(({ reject }) => reject(error))
      }
    }
    // In the same turn as the look at `waiting`: an event is either seen here or starts the next flush.
    flushing = undefined
  }

  async function write(entries: readonly Entry[]): Promise<void> {
    const { version, key } = await keys.active()
    const start = (position ??= await readPosition())
    const checkpoint =
      eventsUntilCheckpoint > 0
        ? undefined
        : await makeCheckpoint(database, { tenant, writerId, now: runtime.now() })

    const records: BatchStep[] = []
    let end = start
    for (const entry of checkpoint === undefined
      ? entries
      : [toEntry(checkpoint.event, tenant), ...entries]) {
      const record = {
        tenant,
        writerId,
        sequence: end.sequence + 1,
        keyVersion: version,
        previous: end.hash,
        event: entry.text,
      }
      const mac = recordMac(key, record)
      records.push({ statement: insertAuditRecord({ ...record, mac }, entry) })
      end = { sequence: record.sequence, hash: mac }
    }
    const head = signHead(key, {
      tenant,
      writerId,
      count: end.sequence,
      keyVersion: version,
      hash: Buffer.from(end.hash).toString('base64url'),
    })
    const result = await database.atomically([
      // First: a second process under the same writer id is stopped before it writes a record.
      { statement: moveAuditHead(head, start.sequence), expectedRows: 1 },
      ...records,
      ...(checkpoint?.steps ?? []),
    ])
    if (!result.committed) {
      throw new Error(
        `The audit chain of writer ${JSON.stringify(writerId)} was moved by someone else: give each process a writer id of its own.`,
      )
    }
    position = end
    latestHead = head
    eventsUntilCheckpoint =
      (eventsUntilCheckpoint > 0 ? eventsUntilCheckpoint : checkpointEveryEvents) - entries.length
    publishing ??= publishLater()
  }

  /** Goes on where this writer stopped; a head that is not ours means that somebody wrote to the table. */
  async function readPosition(): Promise<Position> {
    const [row] = await database.rows(
      database.query
        .selectFrom('audit_heads')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('writer_id', '=', writerId)
        .compile(),
    )
    if (row === undefined) return { sequence: 0, hash: CHAIN_START }
    const head = toAuditHead(row)
    const key = await keys.byVersion(head.keyVersion)
    if (key === undefined || !isHeadGenuine(key, head)) {
      throw new Error(
        `The audit head of writer ${JSON.stringify(writerId)} was altered. Run \`valetkey audit verify\`, and start with another writer id.`,
      )
    }
    return { sequence: head.count, hash: Buffer.from(head.hash, 'base64url') }
  }

  async function publishLater(): Promise<void> {
    await runtime.sleep(headIntervalSeconds, closing.signal)
    publishing = undefined
    publish()
  }

  function publish(): void {
    if (latestHead === undefined || latestHead.count <= publishedCount) return
    publishedCount = latestHead.count
    try {
      onHead?.(latestHead)
    } catch (error) {
      logger.error('An audit head could not be published', { error })
    }
  }

  return {
    async append(event) {
      if (closing.signal.aborted) throw new Error('The audit log is closed')
      const entry = toEntry(event, tenant)
      return new Promise((resolve, reject) => {
        waiting.push({ entry, resolve, reject })
        flushing ??= flush()
      })
    },

    async close() {
      closing.abort()
      await flushing
      publish()
    },
  }
}

/** @throws {TypeError} for a record that cannot be kept; it fails alone, before it joins a batch. */
function toEntry(event: AuditEvent, tenant: string): Entry {
  if (event.tenant !== tenant) {
    throw new TypeError('An audit event belongs to the chain of its own tenant')
  }
  const text = canonicalJson(event)
  if (text.length > MAX_EVENT_CHARACTERS) {
    throw new TypeError(`An audit event has more than ${MAX_EVENT_CHARACTERS} characters`)
  }
  return { text, accountId: event.accountId, at: event.at }
}
