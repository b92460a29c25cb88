import type { Account } from '../domain/account.ts'
import type { Connection } from '../domain/connection.ts'
import { mayKeepRefreshToken } from '../domain/keep-refresh-token.ts'
import { cleanLabel } from '../domain/label.ts'
import { randomText } from '../domain/random-text.ts'
import type { OutboxDraft } from '../ports/account-store.ts'
import type { Logger } from '../ports/logger.ts'
import { type AccountTokens, openAccountTokens } from './open-account-tokens.ts'
import type { PendingTokens } from './pending-tokens.ts'
import { draftRevocation, type RevocationDependencies } from './revocation.ts'
import { accountSealContext } from './seal-contexts.ts'

export interface MakeAccountDependencies extends RevocationDependencies {
  readonly logger: Logger
}

export interface MadeAccount {
  readonly account: Account
  /** What must end at the provider because the account no longer holds it. */
  readonly superseded: readonly OutboxDraft[]
}

/** The account row that a completed attempt or a login writes: a new one, or the next generation of the one that is there. */
export async function makeAccount(
  dependencies: MakeAccountDependencies,
  parts: {
    readonly userId: string
    readonly pending: PendingTokens
    readonly connection: Connection
    readonly existing: Account | undefined
  },
): Promise<MadeAccount> {
  const { tenant, sealer, runtime } = dependencies
  const { userId, pending, connection, existing } = parts
  const { tokens, scopes } = pending
  const { providerAccountId } = pending.account
  const now = runtime.now()
  const generation = (existing?.generation ?? 0) + 1
  const identified = {
    tenant,
    id: existing?.id ?? `cac_${randomText(runtime.randomBytes, 22)}`,
    userId,
    connection: connection.name,
  }

  const old = existing && (await openAccountTokens(dependencies, existing))
  const keeps =
    tokens.refreshToken === undefined &&
    existing !== undefined &&
    mayKeepRefreshToken(existing, scopes, connection)
  const refreshToken = keeps ? old?.refreshToken : tokens.refreshToken

  const account: Account = {
    ...identified,
    providerAccountId,
    // A name that the user gave stays.
    label: existing?.label ?? cleanLabel(pending.account.label, providerAccountId),
    state: 'active',
    scopes: [...new Set(scopes)],
    generation,
    accessToken: await sealer.seal(
      tokens.accessToken,
      accountSealContext(identified, 'access_token', generation),
    ),
    refreshToken:
      refreshToken === undefined
        ? undefined
        : await sealer.seal(
            refreshToken,
            accountSealContext(identified, 'refresh_token', generation),
          ),
    accessIssuedAt: tokens.issuedAt,
    accessExpiresAt: tokens.accessExpiresAt,
    refreshExpiresAt: keeps ? existing?.refreshExpiresAt : tokens.refreshExpiresAt,
    refresh: { failCount: 0 },
    createdAt: existing?.createdAt ?? now,
    updatedAt: now,
  }

  // Where revoking one token ends the whole grant, it would end the new one too (R10).
  const revokes =
    old !== undefined &&
    existing !== undefined &&
    connection.behaviour.revocation === 'token' &&
    isSuperseded(old, { accessToken: tokens.accessToken, refreshToken })
  return {
    account,
    superseded: revokes
      ? [
          await draftRevocation(dependencies, {
            connection: connection.name,
            providerAccountId,
            userId: existing.userId,
            accountId: existing.id,
            ...old,
          }),
        ]
      : [],
  }
}

/** A provider may answer a reconnect with the very same token: that one must live. */
function isSuperseded(old: AccountTokens, current: AccountTokens): boolean {
  return old.refreshToken === undefined
    ? old.accessToken !== current.accessToken
    : old.refreshToken !== current.refreshToken
}
