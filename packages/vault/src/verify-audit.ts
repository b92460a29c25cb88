import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import { parseVaultConfig } from './config/define-vault.ts'
import { resolveSecrets } from './config/resolve-secrets.ts'
import type { VaultConfig } from './config/vault-config.ts'
import { createKeyRing } from './crypto/key-ring.ts'
import { createLocalKeyService } from './crypto/local-key-service.ts'
import { TENANT } from './create-vault.ts'
import { readAuditHeads } from './publish-audit-head.ts'
import { processUserId, systemRuntime } from './runtime.ts'
import { openSqliteStore } from './storage/sqlite-store.ts'
import { StorageError } from './storage/storage-error.ts'
import { verifyAudit as verifyStoredAudit } from './storage/verify-audit.ts'
import type { AuditVerification } from './storage/verify-audit.ts'

export interface VerifyAuditOptions {
  /** Where `env:NAME` leads. Default: nowhere. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** What relative paths of the configuration are relative to. Default: the working folder. */
  readonly folder?: string | undefined
  /** Content of the file that `audit.headFile` names, or of the log: shows whether the end was cut off. */
  readonly heads?: string | undefined
}

/**
 * Checks that no record of the audit log was changed, removed or cut off, also while the vault runs.
 *
 * @throws {ConfigError} `config_invalid`
 * @throws {KeyError} when the key is not the one of this database
 * @throws {StorageError} when there is no database
 */
export async function verifyAudit(
  config: VaultConfig,
  { environment = {}, folder = '.', heads }: VerifyAuditOptions = {},
): Promise<AuditVerification> {
  // Only the key is needed: the other secrets may well be elsewhere.
  const { keys, storage } = parseVaultConfig(config)
  const keysAlone = parseVaultConfig({ keys, storage })
  const { rootKey } = resolveSecrets(keysAlone, { environment, folder, literals: 'allowed' })
  const path = resolve(folder, storage.sqlite)
  if (!existsSync(path)) {
    throw new StorageError(
      'storage_unusable',
      `There is no database at ${path}. Check storage.sqlite.`,
    )
  }
  const keyService = createLocalKeyService({ ...rootKey, ownerId: processUserId() })
  const store = await openSqliteStore({ path })
  try {
    const keyRing = createKeyRing({
      keyService,
      keyVersions: store.keyVersions,
      runtime: systemRuntime,
      tenant: TENANT,
    })
    return await verifyStoredAudit({
      path,
      tenant: TENANT,
      keys: keyRing.purpose('audit'),
      lastHeads: heads === undefined ? undefined : readAuditHeads(heads),
    })
  } finally {
    store.close()
  }
}
