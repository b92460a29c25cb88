import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { parseVaultConfig } from '../config/define-vault.ts'
import { verifyAudit } from '../verify-audit.ts'
import { loadConfig } from './load-config.ts'
import { UserError } from './user-error.ts'

export interface AuditVerifyOptions {
  readonly config: string
  readonly head?: string | undefined
}

/** `valetkey audit verify`: says that the log is whole, or which record is the first that is not, and exits with 1. */
export async function auditVerify({ config: file, head }: AuditVerifyOptions): Promise<void> {
  const { config, folder } = await loadConfig(file)
  const result = await verifyAudit(parseVaultConfig(config), {
    environment: process.env,
    folder,
    heads: head === undefined ? undefined : readHeads(resolve(head)),
  })
  const counted = `${result.records} records in ${result.writers.length} chains`
  if (!result.ok) {
    throw new UserError(
      `the audit log is broken (${counted} verified):\n${result.breaks.map(({ message }) => `  ${message}`).join('\n')}`,
    )
  }
  process.stdout.write(`The audit log is whole: ${counted}.\n`)
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
