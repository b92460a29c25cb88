import type { AccountStore } from '../ports/account-store.ts'
import type { AttemptStore } from '../ports/attempt-store.ts'
import type { AuditReader } from '../ports/audit-reader.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { AuditTrail } from '../ports/audit-log.ts'
import type { KeyVersionStore } from '../ports/key-version-store.ts'
import type { OutboxStore } from '../ports/outbox-store.ts'
import type { RecordStore } from '../ports/record-store.ts'
import type { RegistrationStore } from '../ports/registration-store.ts'
import type { SigningKeyStore } from '../ports/signing-key-store.ts'
import type { UserDirectory } from '../ports/user-directory.ts'
import type { UserStore } from '../ports/user-store.ts'
import { createAccountStore } from './account-store.ts'
import { createAttemptStore } from './attempt-store.ts'
import { createAuditLog, type AuditLogOptions, type ChainedAuditLog } from './audit-log.ts'
import { readAuditPage } from './audit-page.ts'
import { type ConsentStoreOptions, createConsentStore } from './consent-store.ts'
import { createAuditTrail, type AuditTrailOptions } from './audit-trail.ts'
import { createKeyVersionStore } from './key-version-store.ts'
import { migrateDatabase } from './migrate.ts'
import { createOutboxStore } from './outbox-store.ts'
import { createRecordStore } from './record-store.ts'
import { createRegistrationStore } from './registration-store.ts'
import { createReplayStore, type SweepableReplayStore } from './replay-store.ts'
import { createSigningKeyStore } from './signing-key-store.ts'
import { openSqliteDatabase } from './sqlite-database.ts'
import { createTenantStore, type TenantStore } from './tenant-store.ts'
import { createUserDirectory } from './user-directory.ts'
import { createUserStore, type UserStoreOptions } from './user-store.ts'
import { verifyAuditChains, type VerifyAuditOptions } from './verify-audit.ts'
import type { AuditVerification } from './verify-audit.ts'

/** Every store of the vault in one SQLite file. */
export interface SqliteStore {
  readonly tenants: TenantStore
  readonly accounts: AccountStore
  readonly attempts: AttemptStore
  readonly outbox: OutboxStore
  readonly replays: SweepableReplayStore
  readonly records: RecordStore
  readonly keyVersions: KeyVersionStore
  readonly signingKeys: SigningKeyStore
  readonly registrations: RegistrationStore
  readonly userDirectory: UserDirectory
  readonly readAuditPage: AuditReader['page']
  users(options: Omit<UserStoreOptions, 'database'>): UserStore
  consents(options: Omit<ConsentStoreOptions, 'database'>): ConsentStore
  /** Begins this process's chain, or goes on with it. Close it before the store. */
  audit(options: Omit<AuditLogOptions, 'database'>): ChainedAuditLog
  /** Reads every process's chain, by account. */
  auditTrail(options: Omit<AuditTrailOptions, 'database'>): AuditTrail
  /** Checks every chain of the audit log. */
  verifyAudit(options: Omit<VerifyAuditOptions, 'path'>): Promise<AuditVerification>
  /** Idempotent. Nothing may be under way. */
  close(): void
}

/**
 * Opens the file, making it (mode 0600) and bringing its schema up to date where needed.
 * @throws {StorageError} `storage_unusable`, `schema_too_new`
 */
export async function openSqliteStore({ path }: { readonly path: string }): Promise<SqliteStore> {
  const database = openSqliteDatabase({ path })
  try {
    await migrateDatabase(database)
  } catch (error) {
    database.close()
    throw error
  }
  return {
    tenants: createTenantStore(database),
    accounts: createAccountStore(database),
    attempts: createAttemptStore(database),
    outbox: createOutboxStore(database),
    replays: createReplayStore(database),
    records: createRecordStore(database),
    keyVersions: createKeyVersionStore(database),
    signingKeys: createSigningKeyStore(database),
    registrations: createRegistrationStore(database),
    userDirectory: createUserDirectory(database),
    readAuditPage: (query) => readAuditPage(database, query),
    users: (options) => createUserStore({ ...options, database }),
    consents: (options) => createConsentStore({ ...options, database }),
    audit: (options) => createAuditLog({ ...options, database }),
    auditTrail: (options) => createAuditTrail({ ...options, database }),
    verifyAudit: (options) => verifyAuditChains({ ...options, database }),
    close: () => database.close(),
  }
}
