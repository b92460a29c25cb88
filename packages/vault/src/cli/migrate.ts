import { resolve } from 'node:path'

import { parseVaultConfig } from '../config/define-vault.ts'
import { migrate as migrateStore } from '../storage/migrate.ts'
import { loadConfig } from './load-config.ts'

/** `valetkey migrate`: brings the database up to date, as `serve` would at its start. */
export async function migrate({ config: file }: { readonly config: string }): Promise<void> {
  const { config, folder } = await loadConfig(file)
  const { storage } = parseVaultConfig(config)
  const { from, to } = await migrateStore({ path: resolve(folder, storage.sqlite) })
  process.stdout.write(
    from === to
      ? `The schema has version ${to} already.\n`
      : `Migrated the schema from version ${from} to ${to}.\n`,
  )
}
