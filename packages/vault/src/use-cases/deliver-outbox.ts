import { ATTEMPT_SECONDS, CONNECT_CODE_SECONDS } from '../domain/attempt-lifetimes.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { Connection } from '../domain/connection.ts'
import { nextDeliveryAt } from '../domain/delivery-schedule.ts'
import type { ProviderFailure } from '../domain/provider-tokens.ts'
import type { Result } from '../domain/result.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { OutboxEntry, OutboxStore } from '../ports/outbox-store.ts'
import type { ProviderClient } from '../ports/provider-client.ts'
import { isUnreadable } from '../domain/is-unreadable.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'
import { openRevocation, type Revocation, type RevocationDependencies } from './revocation.ts'

export interface DeliverOutboxDependencies extends RevocationDependencies, RecordAuditDependencies {
  readonly outbox: OutboxStore
  readonly accounts: AccountStore
  readonly connections: ConnectionStore
  readonly providerClient: ProviderClient
}

/** What one round did. `claimed` equal to the batch size means that more may be due. */
export interface DeliveryRound {
  readonly claimed: number
  readonly settled: number
  readonly postponed: number
}

export interface DeliverOutboxOptions {
  /** Says that the process stops: the entry under way is finished, and the others are left to whoever comes next. */
  readonly signal?: AbortSignal | undefined
}

export type DeliverOutbox = (options?: DeliverOutboxOptions) => Promise<DeliveryRound>

/** At one go. Each call to a provider takes 10 s at most, so that the lease outlives a whole round. */
const BATCH = 10
const LEASE_SECONDS = 150

/**
 * Delivers what is due in the outbox, one round, entry by entry: revocations at providers, with a receipt in the audit
 * log. What fails is tried again with growing pauses and given up after a week, with a receipt that says so. At least
 * once: a process that dies before its receipt leaves the entry to the next.
 */
export function deliverOutbox(dependencies: DeliverOutboxDependencies): DeliverOutbox {
  const { tenant, outbox, runtime, logger } = dependencies

  return async ({ signal } = {}) => {
    const now = runtime.now()
    const entries = await outbox.claim({
      tenant,
      now,
      leaseUntil: now + LEASE_SECONDS,
      limit: BATCH,
    })
    let settled = 0
    for (const entry of entries) {
      try {
        if (signal?.aborted === true) await giveBack(dependencies, entry)
        else if (await deliver(dependencies, entry)) settled += 1
      } catch (error) {
        // Its lease brings it back; the others must not wait for it.
        logger.error('An outbox entry could not be delivered', { code: entry.id, error })
      }
    }
    return { claimed: entries.length, settled, postponed: entries.length - settled }
  }
}

/** Due again at once: nothing was tried. */
async function giveBack(
  { tenant, outbox, runtime }: DeliverOutboxDependencies,
  { id, attempts }: OutboxEntry,
): Promise<void> {
  await outbox.retry({ tenant, id, attempts, nextAttemptAt: runtime.now() })
}

/** How a revocation ended, for the receipt; or why it has not. */
type Outcome =
  | { readonly settled: true; readonly type: Receipt; readonly reason?: string | undefined }
  | { readonly settled: false; readonly failure: ProviderFailure }

type Receipt = 'provider.revoked' | 'provider.revocation_failed'

/** Not revoked on purpose: it would end an account that is still in use (R10). */
const GRANT_IN_USE = 'grant_in_use'

/** Until then what seems to share the grant may be somebody's unfinished attempt to connect: it is asked again. */
const GRANT_SETTLES_AFTER_SECONDS = ATTEMPT_SECONDS + CONNECT_CODE_SECONDS

/** Resolves to whether the entry is done with. */
async function deliver(
  dependencies: DeliverOutboxDependencies,
  entry: OutboxEntry,
): Promise<boolean> {
  const { tenant, outbox, runtime, logger } = dependencies
  const { id } = entry
  let revocation: Revocation
  try {
    revocation = await openRevocation(dependencies, entry)
  } catch (error) {
    if (!isUnreadable(error)) throw error
    logger.error('An outbox entry cannot be opened any more and is given up', { code: id, error })
    const receipt = { type: 'provider.revocation_failed', reason: 'unreadable' } as const
    return await settle(dependencies, entry, { settled: true, ...receipt }, {})
  }

  const { connection, userId, accountId } = revocation
  const about = { connection, userId, accountId }
  const outcome = await revoke(dependencies, entry, revocation)
  if (outcome.settled) return await settle(dependencies, entry, outcome, about)

  const attempts = entry.attempts + 1
  const nextAttemptAt = nextDeliveryAt({
    createdAt: entry.createdAt,
    attempts,
    now: runtime.now(),
    random: (runtime.randomBytes(1)[0] ?? 0) / 256,
    retryAfterSeconds: outcome.failure.retryAfterSeconds,
  })
  if (nextAttemptAt === undefined) {
    const reason = `gave_up_${outcome.failure.code}`
    const receipt = { type: 'provider.revocation_failed', reason } as const
    return await settle(dependencies, entry, { settled: true, ...receipt }, about)
  }
  logger.warn('A revocation at a provider has to wait and will be tried again', {
    connection,
    code: outcome.failure.code,
    count: attempts,
  })
  await outbox.retry({ tenant, id, attempts, nextAttemptAt })
  return false
}

async function revoke(
  dependencies: DeliverOutboxDependencies,
  entry: OutboxEntry,
  revocation: Revocation,
): Promise<Outcome> {
  const { tenant, connections, runtime } = dependencies
  const connection = await connections.find({ tenant, name: revocation.connection })
  const behaviour = connection?.behaviour.revocation
  if (connection === undefined || behaviour === undefined) {
    return { settled: true, type: 'provider.revocation_failed', reason: 'unknown_connection' }
  }
  if (behaviour === 'unsupported') {
    return { settled: true, type: 'provider.revocation_failed', reason: 'unsupported' }
  }
  if (behaviour === 'grant' && (await isGrantShared(dependencies, entry, revocation, connection))) {
    return runtime.now() < entry.createdAt + GRANT_SETTLES_AFTER_SECONDS
      ? {
          settled: false,
          failure: { kind: 'transient', code: GRANT_IN_USE, mayHaveBeenSpent: false },
        }
      : { settled: true, type: 'provider.revocation_failed', reason: GRANT_IN_USE }
  }

  const result = await revokeTokens(dependencies, connection, revocation)
  if (result.ok) {
    return result.value === 'revoked'
      ? { settled: true, type: 'provider.revoked' }
      : { settled: true, type: 'provider.revocation_failed', reason: 'unsupported' }
  }
  // The provider knows the grant no more: that is what was wanted.
  return result.refusal.kind === 'permanent'
    ? { settled: true, type: 'provider.revoked', reason: 'already_ended' }
    : { settled: false, failure: result.refusal }
}

/** The refresh token where there is one; the access token where the provider only takes those. */
async function revokeTokens(
  { providerClient }: DeliverOutboxDependencies,
  connection: Connection,
  { accessToken, refreshToken }: Revocation,
): Promise<Result<'revoked' | 'unsupported', ProviderFailure>> {
  if (refreshToken !== undefined) {
    const result = await providerClient.revoke({
      connection,
      token: refreshToken,
      tokenTypeHint: 'refresh_token',
    })
    if (!result.ok || result.value === 'revoked') return result
  }
  return await providerClient.revoke({
    connection,
    token: accessToken,
    tokenTypeHint: 'access_token',
  })
}

/** Asked now and not when the account went: the user may have connected again since (R10). */
async function isGrantShared(
  { tenant, accounts, connections }: DeliverOutboxDependencies,
  { id }: OutboxEntry,
  { providerAccountId, accountId }: Revocation,
  connection: Connection,
): Promise<boolean> {
  const sharing = (await connections.list({ tenant })).filter(
    ({ providerId, clientId }) =>
      providerId === connection.providerId && clientId === connection.clientId,
  )
  const count = await accounts.countSharingGrant({
    tenant,
    connections: sharing.map(({ name }) => name),
    providerAccountId,
    exceptAccountId: accountId ?? id,
  })
  return count > 0
}

async function settle(
  dependencies: DeliverOutboxDependencies,
  { id }: OutboxEntry,
  { type, reason }: Extract<Outcome, { settled: true }>,
  about: Pick<AuditEvent, 'connection' | 'userId' | 'accountId'>,
): Promise<boolean> {
  const { tenant, outbox, runtime } = dependencies
  const recorded = await recordAudit(dependencies, {
    tenant,
    at: runtime.now(),
    type,
    outcome:
      type === 'provider.revoked' ? 'success' : reason === GRANT_IN_USE ? 'refused' : 'failed',
    reason,
    ...about,
  })
  // Without a receipt it is not done: the lease runs out and somebody tries again.
  if (recorded) await outbox.delivered({ tenant, id })
  return recorded
}
