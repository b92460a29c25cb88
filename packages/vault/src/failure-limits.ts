import type { ParsedVaultConfig } from './config/vault-config-schema.ts'
import type { RateLimiter } from './ports/rate-limiter.ts'
import { createAddressRateLimiter } from './storage/address-rate-limiter.ts'
import { createMemoryRateLimiter } from './storage/memory-rate-limiter.ts'
import { createRisingRateLimiter } from './storage/rising-rate-limiter.ts'

/** What slows down whoever fails to prove who they are (RV-26). */
export interface FailureLimits {
  readonly failuresByClient: RateLimiter
  readonly failuresByAddress: RateLimiter
}

/** Limits of their own for each kind of client: failures of apps count for no admin, nor the other way round. */
export function createFailureLimits({
  failedAuthenticationsPerMinute: pointsPerMinute,
}: Pick<ParsedVaultConfig['limits'], 'failedAuthenticationsPerMinute'>): FailureLimits {
  return {
    failuresByClient: createRisingRateLimiter({
      pointsPerMinute,
      limiterOf: createMemoryRateLimiter,
    }),
    failuresByAddress: createRisingRateLimiter({
      pointsPerMinute,
      limiterOf: createAddressRateLimiter,
    }),
  }
}
