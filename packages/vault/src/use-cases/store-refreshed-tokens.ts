import type { Account } from '../domain/account.ts'
import type { ProviderTokens } from '../domain/provider-tokens.ts'
import { randomFraction } from '../domain/random-fraction.ts'
import type { AccountLease, RefreshCommit } from '../ports/account-store.ts'
import { draftRevocation } from './revocation.ts'
import {
  auditRefresh,
  keyOf,
  LEASE_SECONDS,
  logFieldsOf,
  type RefreshOutcome,
  type RefreshRun,
  type RunRefreshDependencies,
  settleMoved,
} from './refresh-run.ts'
import { accountSealContext } from './seal-contexts.ts'

const FIRST_PAUSE_SECONDS = 0.1
const MAX_PAUSE_SECONDS = 5

export interface RefreshedTokens {
  readonly claim: { readonly account: Account; readonly lease: AccountLease }
  /** The one that was presented; stays where the answer brought none (RFC 6749 section 6). */
  readonly refreshToken: string
  readonly tokens: ProviderTokens
}

/**
 * Stores what the provider just gave. From here on the only copy of the new refresh token is in memory: whatever fails
 * is tried again, with the lease held, for as long as the process may live (F7).
 */
export async function storeRefreshedTokens(
  dependencies: RunRefreshDependencies,
  run: RefreshRun,
  refreshed: RefreshedTokens,
): Promise<RefreshOutcome> {
  const { accounts, logger, mayKeepTrying, runtime } = dependencies
  for (let pause = FIRST_PAUSE_SECONDS; ; pause = Math.min(MAX_PAUSE_SECONDS, pause * 2)) {
    try {
      return await store(dependencies, run, refreshed)
    } catch (error) {
      const code = mayKeepTrying() ? 'refresh_commit_failed' : 'refresh_commit_lost'
      logger.error('Refreshed tokens could not be stored', { ...logFieldsOf(run), code, error })
      if (!mayKeepTrying()) return { kind: 'vault_unavailable' }
    }
    await runtime.sleep(pause * (0.5 + randomFraction(runtime.randomBytes)))
    try {
      const leaseUntil = runtime.now() + LEASE_SECONDS
      await accounts.renewLease({ ...refreshed.claim.lease, leaseUntil })
    } catch (error) {
      logger.warn('A lease could not be renewed', { ...logFieldsOf(run), error })
    }
  }
}

async function store(
  dependencies: RunRefreshDependencies,
  run: RefreshRun,
  refreshed: RefreshedTokens,
): Promise<RefreshOutcome> {
  const { accounts, crashPoint, runtime } = dependencies
  const { account } = refreshed.claim
  const key = keyOf(account)
  const commit = await toCommit(dependencies, refreshed)
  await crashPoint('after_seal')
  if (await accounts.commitRefresh({ ...commit, now: runtime.now() })) {
    await crashPoint('after_commit')
    await auditRefresh(dependencies, run, 'account.refreshed', 'success')
    return settleMoved(await accounts.find(key), account.generation) ?? { kind: 'disconnected' }
  }

  const current = await accounts.find(key)
  if (current === undefined || current.state === 'revoked') {
    // The user was faster: what the provider gave after that must end there, too (I7).
    await revokeFresh(dependencies, refreshed)
    await auditRefresh(dependencies, run, 'account.refresh_conflict', 'success', 'disconnected')
    return settleMoved(current, account.generation) ?? { kind: 'disconnected' }
  }
  if (current.generation > account.generation) {
    await auditRefresh(dependencies, run, 'account.refresh_conflict', 'success', 'superseded')
    return settleMoved(current, account.generation) ?? { kind: 'disconnected' }
  }
  // Another presented the token that ours replaced and took the refusal for the account's end. We know better (I2, I5).
  await accounts.changeState({
    key,
    generation: account.generation,
    state: 'uncertain',
    now: runtime.now(),
  })
  await auditRefresh(dependencies, run, 'account.state_changed', 'success', 'newer_token')
  return await store(dependencies, run, refreshed)
}

async function toCommit(
  { sealer }: RunRefreshDependencies,
  { claim: { account }, refreshToken, tokens }: RefreshedTokens,
): Promise<Omit<RefreshCommit, 'now'>> {
  const next = account.generation + 1
  const [sealedAccess, sealedRefresh] = await Promise.all([
    sealer.seal(tokens.accessToken, accountSealContext(account, 'access_token', next)),
    // Sealed anew also when it is the old one: a sealed value belongs to one generation.
    sealer.seal(
      tokens.refreshToken ?? refreshToken,
      accountSealContext(account, 'refresh_token', next),
    ),
  ])
  return {
    key: keyOf(account),
    generation: account.generation,
    accessToken: sealedAccess,
    refreshToken: sealedRefresh,
    accessIssuedAt: tokens.issuedAt,
    accessExpiresAt: tokens.accessExpiresAt ?? likelyExpiry(account, tokens.issuedAt),
    refreshExpiresAt:
      tokens.refreshExpiresAt ??
      (tokens.refreshToken === undefined ? account.refreshExpiresAt : undefined),
    scopes: tokens.scopes ?? account.scopes,
  }
}

/** An answer that forgets `expires_in` where the last one had it: as long as last time, rather than for ever (F15). */
function likelyExpiry(account: Account, issuedAt: number): number | undefined {
  const { accessExpiresAt, accessIssuedAt } = account
  return accessExpiresAt === undefined ? undefined : issuedAt + (accessExpiresAt - accessIssuedAt)
}

async function revokeFresh(
  dependencies: RunRefreshDependencies,
  { claim: { account }, tokens }: RefreshedTokens,
): Promise<void> {
  const { outbox, runtime, tenant } = dependencies
  const draft = await draftRevocation(dependencies, {
    connection: account.connection,
    providerAccountId: account.providerAccountId,
    userId: account.userId,
    accountId: account.id,
    accessToken: tokens.accessToken,
    ...(tokens.refreshToken !== undefined && { refreshToken: tokens.refreshToken }),
  })
  await outbox.put({ tenant, draft, now: runtime.now() })
}
