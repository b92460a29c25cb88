import type { ApiOrigin } from './api-origin.ts'
import type { Secret } from './secret.ts'
import type { ApiErrorShape } from './token-answer.ts'

/** A provider's access token as the vault gave it, with what is known about it. */
export interface ConnectionToken {
  readonly connection: string
  readonly token: Secret
  readonly tokenType: string
  /** Epoch seconds; `undefined` when nobody knows. */
  readonly expiresAt: number | undefined
  readonly scopes: readonly string[]
  /** `cac_…`, where the vault says it. */
  readonly account: string | undefined
  /** Counts the account's tokens; names the refused one in `force_refresh`. */
  readonly generation: number | undefined
  readonly apiOrigins: readonly ApiOrigin[]
  readonly apiErrors: ApiErrorShape | undefined
}

const marginSeconds = 60

/**
 * Until when a token may be handed out again: its expiry minus 60 s (or a tenth of a shorter life),
 * and `cacheSeconds` at most. Without an expiry: `undefined`, never again.
 */
export function freshUntil(
  expiresAt: number | undefined,
  now: number,
  cacheSeconds: number,
): number | undefined {
  if (expiresAt === undefined) return undefined
  const margin = Math.min(marginSeconds, (expiresAt - now) / 10)
  return Math.min(expiresAt - margin, now + cacheSeconds)
}
