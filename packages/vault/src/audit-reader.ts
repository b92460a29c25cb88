import type { AuditReader, AuditVerdict } from './ports/audit-reader.ts'
import { readAuditHeads } from './publish-audit-head.ts'
import type { MacKeys } from './storage/mac-keys.ts'
import type { SqliteStore } from './storage/sqlite-store.ts'

export interface AuditReaderOptions {
  readonly store: Pick<SqliteStore, 'readAuditPage' | 'verifyAudit'>
  readonly tenant: string
  readonly keys: Pick<MacKeys, 'byVersion'>
}

/** The audit log for operators. Checks wait for one another: each reads every record there is. */
export function createAuditReader({ store, tenant, keys }: AuditReaderOptions): AuditReader {
  let running: Promise<unknown> = Promise.resolve()

  async function verify(heads: string | undefined): Promise<AuditVerdict> {
    const lastHeads = heads === undefined ? undefined : readAuditHeads(heads)
    const result = await store.verifyAudit({ tenant, keys, lastHeads })
    const breaks = (result.ok ? [] : result.breaks).map(
      ({ writerId, sequence, problem, message }) => ({ writerId, sequence, problem, message }),
    )
    return {
      whole: result.ok,
      records: result.records,
      chains: result.writers.length,
      breaks,
    }
  }

  return {
    page: store.readAuditPage,
    verify: async ({ heads }) => {
      const turn = running.then(() => verify(heads))
      // Whoever waits gets its own outcome; the next one's turn comes either way.
      running = turn.catch(() => undefined)
      return await turn
    },
  }
}
