import type * as z from 'zod'

import { checkVaultConfig } from './check-vault-config.ts'
import { ConfigError, formatPath } from './config-error.ts'
import type { VaultConfig } from './vault-config.ts'
import { ParsedVaultConfig } from './vault-config-schema.ts'

/**
 * Types and checks a configuration. Gives it back as it is, for `valetkey serve` or `createVault`.
 *
 * @throws {ConfigError} `config_invalid`: every wrong field with its path, the reason and the mend
 */
export function defineVault(config: VaultConfig): VaultConfig {
  parseVaultConfig(config)
  return config
}

/**
 * The configuration with every default in place.
 *
 * @throws {ConfigError} `config_invalid`
 */
export function parseVaultConfig(config: unknown): ParsedVaultConfig {
  const parsed = ParsedVaultConfig.safeParse(config)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(toProblem))
  const problems = checkVaultConfig(parsed.data)
  if (problems.length > 0) throw new ConfigError(problems)
  return parsed.data
}

function toProblem({ path, message }: z.core.$ZodIssue): { path: string; message: string } {
  return { path: formatPath(path), message }
}
