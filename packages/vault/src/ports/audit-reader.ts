import type { JsonObject } from '../domain/json-object.ts'

/** What the audit log says, for an operator. */
export interface AuditReader {
  /**
   * Newest first. Reads a bounded number of records, whatever matches: a page may be short, or empty, and still have a
   * next one.
   */
  page(query: AuditQuery): Promise<AuditPage>
  /** Checks every chain, against heads that were kept elsewhere where they are given. One check at a time. */
  verify(request: { readonly heads?: string | undefined }): Promise<AuditVerdict>
}

export interface AuditQuery {
  readonly tenant: string
  readonly filter: AuditFilter
  /** `next` of the page before. Any other text begins anew. */
  readonly cursor?: string | undefined
  readonly limit: number
}

export interface AuditFilter {
  readonly userId?: string | undefined
  readonly clientId?: string | undefined
  readonly connection?: string | undefined
  readonly type?: string | undefined
  /** NumericDate, inclusive. */
  readonly from?: number | undefined
  /** NumericDate, exclusive. */
  readonly until?: number | undefined
}

export interface AuditPage {
  readonly records: readonly StoredAuditRecord[]
  /** Absent on the last page. */
  readonly next?: string | undefined
}

export interface StoredAuditRecord {
  readonly writerId: string
  readonly sequence: number
  /** As recorded; what it says is proven by verifying, not by reading. */
  readonly event: JsonObject
}

export interface AuditVerdict {
  readonly whole: boolean
  readonly records: number
  readonly chains: number
  /** At most one a chain. */
  readonly breaks: readonly {
    readonly writerId: string
    readonly sequence: number
    readonly problem: string
    readonly message: string
  }[]
}
