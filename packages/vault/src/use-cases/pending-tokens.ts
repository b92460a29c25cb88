import type { ConnectAttempt } from '../domain/attempt.ts'
import { readJsonRecord } from '../domain/json-record.ts'
import type { ProviderAccount, ProviderTokens } from '../domain/provider-tokens.ts'
import type { Sealer } from '../ports/sealer.ts'
import type { Revocation } from './revocation.ts'
import { attemptSealContext } from './seal-contexts.ts'

/** What a callback brought, unusable until the app completes (RV-67). */
export interface PendingTokens {
  readonly tokens: ProviderTokens
  readonly account: ProviderAccount
  /** What was granted, which may be less than was asked (RV-74). */
  readonly scopes: readonly string[]
}

/** Seals what an attempt holds until it is completed. */
export async function sealPending(
  sealer: Sealer,
  attempt: ConnectAttempt,
  { tokens, account, scopes }: PendingTokens,
): Promise<Uint8Array> {
  const { accessToken, refreshToken, accessExpiresAt, refreshExpiresAt, issuedAt } = tokens
  const { providerAccountId, label } = account
  return await sealer.seal(
    JSON.stringify({
      accessToken,
      refreshToken,
      accessExpiresAt,
      refreshExpiresAt,
      issuedAt,
      providerAccountId,
      label,
      scopes,
    }),
    attemptSealContext(attempt, 'pending'),
  )
}

/** Opens what an attempt holds; `undefined` when it holds nothing. @throws {DecryptError} */
export async function openPending(
  sealer: Sealer,
  attempt: ConnectAttempt,
): Promise<PendingTokens | undefined> {
  if (attempt.pending === undefined) return undefined
  const record = readJsonRecord(
    await sealer.open(attempt.pending, attemptSealContext(attempt, 'pending')),
  )
  return {
    tokens: {
      accessToken: record.text('accessToken'),
      refreshToken: record.optionalText('refreshToken'),
      accessExpiresAt: record.optionalNumber('accessExpiresAt'),
      refreshExpiresAt: record.optionalNumber('refreshExpiresAt'),
      issuedAt: record.number('issuedAt'),
    },
    account: {
      providerAccountId: record.text('providerAccountId'),
      label: record.text('label'),
    },
    scopes: record.texts('scopes'),
  }
}

/** What must end at the provider when an attempt's tokens will never be used. */
export function revocationOfPending(attempt: ConnectAttempt, pending: PendingTokens): Revocation {
  return {
    connection: attempt.connection,
    providerAccountId: pending.account.providerAccountId,
    userId: attempt.userId,
    accessToken: pending.tokens.accessToken,
    refreshToken: pending.tokens.refreshToken,
  }
}
