/**
 * What the vault remembers as an authorization server: codes, refresh tokens, sessions, requests under way. A record is
 * found by the hash of its id, so that what is stored opens nothing (RV-53).
 */
export interface RecordStore {
  /** Writes the record, over an earlier one of the same id; whether that was consumed stays. */
  put(record: NewRecord): Promise<void>
  /**
   * As {@link RecordStore.put}, and in the same step keeps on the consumed predecessor what it was replaced by (R6).
   * False, and nothing is written, when the predecessor is gone: whoever ended it meant the whole family.
   */
  putSuccessor(request: {
    readonly record: NewRecord
    readonly predecessor: RecordKey
    /** Openable only with the predecessor itself. */
    readonly successor: Uint8Array
  }): Promise<boolean>
  find(key: RecordKey): Promise<VaultRecord | undefined>
  /**
   * A record, without its successor, together with whether the grant that it belongs to is still there. The exchange's
   * hot path.
   */
  findWithGrant(key: RecordKey): Promise<
    | {
        readonly record: Omit<VaultRecord, 'successor'>
        readonly isGrantAlive: boolean
      }
    | undefined
  >
  findByLookup(query: {
    readonly tenant: string
    readonly kind: string
    readonly lookupHash: Uint8Array
  }): Promise<VaultRecord | undefined>
  listOfUser(query: {
    readonly tenant: string
    readonly kind: string
    readonly userId: string
  }): Promise<readonly VaultRecord[]>
  /** Compare-and-set: of many that consume one record at once, one is told true (RV-52). */
  consume(key: RecordKey & { readonly now: number }): Promise<boolean>
  /** Takes a consumption back, if it is still that one and nothing came of it. */
  reopen(key: RecordKey & { readonly consumedAt: number }): Promise<boolean>
  /** Puts off the end of a record that was used; never brings one back. */
  extend(key: RecordKey & { readonly expiresAt: number; readonly now: number }): Promise<void>
  /** Idempotent. */
  remove(key: RecordKey): Promise<void>
  /** Every record of the kind that came from the grant. Idempotent. */
  removeOfGrant(query: {
    readonly tenant: string
    readonly kind: string
    readonly grantHash: Uint8Array
  }): Promise<void>
  isAlive(key: RecordKey & { readonly now: number }): Promise<boolean>
  /** Removes at most `limit` records whose time has passed; resolves to how many there were. */
  sweep(query: {
    readonly tenant: string
    readonly now: number
    readonly limit: number
  }): Promise<number>
}

export interface RecordKey {
  readonly tenant: string
  readonly kind: string
  /** SHA-256 of the id. */
  readonly idHash: Uint8Array
}

export interface NewRecord extends RecordKey {
  /** Sealed. */
  readonly payload: Uint8Array
  /** SHA-256 of a second name, such as a device's user code. */
  readonly lookupHash?: Uint8Array | undefined
  readonly grantHash?: Uint8Array | undefined
  readonly userId?: string | undefined
  readonly clientId?: string | undefined
  readonly expiresAt: number
  readonly createdAt: number
}

export interface VaultRecord extends NewRecord {
  readonly consumedAt?: number | undefined
  readonly successor?: Uint8Array | undefined
}
