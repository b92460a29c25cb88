import { appendFileSync } from 'node:fs'

import * as z from 'zod'

import type { Logger } from './ports/logger.ts'
import type { AuditHead } from './storage/audit-chain.ts'

/** What a head's log line begins with. */
const LOG_PREFIX = 'audit head '

/**
 * Gives signed heads of the audit log to places outside the database: always to the log, and to a file if there is one.
 * With them `valetkey audit verify --head` sees that the end of the log was cut off.
 */
export function publishAuditHead({
  file,
  logger,
}: {
  readonly file: string | undefined
  readonly logger: Logger
}): (head: AuditHead) => void {
  return (head) => {
    const line = JSON.stringify(head)
    logger.info(`${LOG_PREFIX}${line}`)
    if (file !== undefined) appendFileSync(file, `${line}\n`, { mode: 0o600 })
  }
}

/** The newest head of each writer in what {@link publishAuditHead} wrote: the file's lines, or the log's. */
export function readAuditHeads(text: string): readonly AuditHead[] {
  const heads = new Map<string, AuditHead>()
  for (const line of text.split('\n')) {
    const head = parseHead(line)
    const known = head && heads.get(head.writerId)
    if (head !== undefined && (known === undefined || known.count < head.count)) {
      heads.set(head.writerId, head)
    }
  }
  return [...heads.values()]
}

const Head = z.strictObject({
  tenant: z.string(),
  writerId: z.string(),
  count: z.int().positive(),
  keyVersion: z.int().positive(),
  hash: z.string(),
  mac: z.string(),
})
const LogLine = z.object({ msg: z.string().startsWith(LOG_PREFIX) })

/** `undefined` for every line that is not one of a head. */
function parseHead(line: string): AuditHead | undefined {
  const value = parseJson(line)
  const logged = LogLine.safeParse(value)
  const head = Head.safeParse(
    logged.success ? parseJson(logged.data.msg.slice(LOG_PREFIX.length)) : value,
  )
  return head.success ? head.data : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Other lines of a log need not be JSON.
    return undefined
  }
}
