import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { parseVaultConfig } from '../config/define-vault.ts'
import { verifyAudit } from '../verify-audit.ts'
import { devFolderPaths } from './dev-folder.ts'
import { loadConfig } from './load-config.ts'
import type { LoadedConfig } from './load-config.ts'
import { UserError } from './user-error.ts'

export interface AuditVerifyOptions {
  /** Give this or `data`. */
  readonly config?: string | undefined
  /** The folder that `valetkey dev` keeps. */
  readonly data?: string | undefined
  readonly head?: string | undefined
}

/** `valetkey audit verify`: says that the log is whole, or which record is the first that is not, and exits with 1. */
export async function auditVerify({ config: file, data, head }: AuditVerifyOptions): Promise<void> {
  const { config, folder } = await findConfig(file, data)
  const result = await verifyAudit(parseVaultConfig(config), {
    environment: process.env,
    folder,
    heads: head === undefined ? undefined : readHeads(resolve(head)),
  })
  const counted = `${count(result.records, 'record')} in ${count(result.writers.length, 'chain')}`
  if (!result.ok) {
    throw new UserError(
      `the audit log is broken (${counted} verified):\n${result.breaks.map(({ message }) => `  ${message}`).join('\n')}`,
    )
  }
  process.stdout.write(`The audit log is whole: ${counted}.\n`)
}

/** Of a development folder only what opens its audit log. */
async function findConfig(
  file: string | undefined,
  data: string | undefined,
): Promise<LoadedConfig> {
  if (file !== undefined && data === undefined) return await loadConfig(file)
  if (data === undefined || file !== undefined) {
    throw new UserError(
      'Give either --config, or --data with the folder that "valetkey dev" keeps.',
    )
  }
  const { path, databaseFile, keyFile } = devFolderPaths(data)
  return {
    config: { storage: { sqlite: databaseFile }, keys: { local: `file:${keyFile}` } },
    folder: path,
  }
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

function readHeads(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UserError(`${path} cannot be read. Give the file that audit.headFile names.`, {
      cause: error,
    })
  }
}
