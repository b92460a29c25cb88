import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import BetterSqlite3 from 'better-sqlite3'

import type { AuditEvent } from '../domain/audit-event.ts'
import type { AuditHead } from './audit-chain.ts'
import { createAuditLog, type AuditLogOptions, type ChainedAuditLog } from './audit-log.ts'
import { someMacKeys, type TestMacKeys } from './mac-keys.fixture.ts'
import { migrateDatabase } from './migrate.ts'
import type { SqlDatabase } from './sql-database.ts'
import { openSqliteDatabase } from './sqlite-database.ts'
import { verifyAuditChains, type AuditVerification } from './verify-audit.ts'

export const TENANT = 'default'

export function anEvent(overrides: Partial<AuditEvent> = {}): AuditEvent {
  return {
    tenant: TENANT,
    at: 1_000,
    type: 'token.exchanged',
    outcome: 'success',
    clientId: 'my-agent',
    accountId: 'cac_1',
    generation: 1,
    ...overrides,
  }
}

export interface AuditWorld {
  readonly path: string
  readonly keys: TestMacKeys
  readonly database: SqlDatabase
  readonly heads: AuditHead[]
  /** Sleeps end when the test says so. */
  readonly wakeSleepers: () => void
  readonly errors: string[]
  log(writerId: string, overrides?: Partial<AuditLogOptions>): ChainedAuditLog
  verify(lastHeads?: readonly AuditHead[]): Promise<AuditVerification>
  /** Does to the file what an intruder with write access could. */
  tamper(sql: string, ...parameters: readonly unknown[]): void
  read(sql: string, ...parameters: readonly unknown[]): readonly unknown[]
  close(): void
}

export async function anAuditWorld(): Promise<AuditWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-audit-'))
  const path = join(folder, 'vault.db')
  const database = openSqliteDatabase({ path })
  await migrateDatabase(database)
  const intruder = new BetterSqlite3(path)
  intruder.pragma('synchronous = OFF')
  const keys = someMacKeys()
  const heads: AuditHead[] = []
  const errors: string[] = []
  let sleepers: (() => void)[] = []
  return {
    path,
    keys,
    database,
    heads,
    errors,
    wakeSleepers() {
      const awake = sleepers
      sleepers = []
      awake.forEach((wake) => wake())
    },
    log: (writerId, overrides = {}) =>
      createAuditLog({
        database,
        tenant: TENANT,
        writerId,
        keys,
        runtime: {
          now: () => 1_000,
          sleep: (_, signal) =>
            new Promise((resolve) => {
              sleepers.push(resolve)
              signal?.addEventListener('abort', () => resolve())
            }),
        },
        logger: { error: (message) => errors.push(message) },
        onHead: (head) => heads.push(head),
        ...overrides,
      }),
    verify: (lastHeads) => verifyAuditChains({ database, tenant: TENANT, keys, lastHeads }),
    tamper(sql, ...parameters) {
      const { changes } = intruder.prepare(sql).run(...parameters)
      if (changes === 0) throw new Error('The tampering changed nothing')
    },
    read: (sql, ...parameters) => intruder.prepare(sql).all(...parameters),
    close() {
      intruder.close()
      database.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Appends events one after the other, so that each has a batch of its own. */
export async function appendMany(log: ChainedAuditLog, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await log.append(anEvent({ generation: index }))
}
