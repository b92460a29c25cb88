import type { Account, ReconnectReason } from '../domain/account.ts'
import { decideAfterFailure } from '../domain/decide-refresh.ts'
import type { ProviderFailure } from '../domain/provider-tokens.ts'
import { randomFraction } from '../domain/random-fraction.ts'
import { randomText } from '../domain/random-text.ts'
import type { AccountLease } from '../ports/account-store.ts'
import {
  auditRefresh,
  keyOf,
  LEASE_SECONDS,
  logFieldsOf,
  type RefreshOutcome,
  type RefreshRun,
  type RunRefreshDependencies,
  settle,
  settleMoved,
} from './refresh-run.ts'
import { accountSealContext } from './seal-contexts.ts'
import { storeRefreshedTokens } from './store-refreshed-tokens.ts'

/** Less lease than this is too little for a request that may take 10 s. */
const MIN_LEASE_TO_SEND_SECONDS = 12
const FIRST_PAUSE_SECONDS = 0.05
const MAX_PAUSE_SECONDS = 0.4
const BUSY_RETRY_SECONDS = 1

/**
 * Refreshes one generation of an account, once among all processes: whoever writes the claim calls the provider, the
 * others read until there is an outcome (docs/concepts.md, refreshing). Nothing here listens to a caller's abort.
 */
export async function runRefresh(
  dependencies: RunRefreshDependencies,
  run: RefreshRun,
): Promise<RefreshOutcome> {
  const { accounts, runtime, waitSeconds, crashPoint } = dependencies
  const { generation } = run.account
  const key = keyOf(run.account)
  let current = run.account
  let waited = 0
  for (let pause = FIRST_PAUSE_SECONDS; ; pause = Math.min(MAX_PAUSE_SECONDS, pause * 2)) {
    if ((current.refresh.leaseUntil ?? 0) <= runtime.now()) {
      await crashPoint('before_claim')
      const now = runtime.now()
      const leaseId = randomText(runtime.randomBytes, 22)
      const lease = { key, generation, leaseId, leaseUntil: now + LEASE_SECONDS }
      const claim = await accounts.claimRefresh({ ...lease, now })
      if (claim.claimed) {
        await crashPoint('after_claim')
        return await conduct(dependencies, run, { ...claim, lease })
      }
    }
    const found = await accounts.find(key)
    const settled = settle(found, generation, runtime.now())
    if (settled !== undefined) return settled
    if (found === undefined || waited >= waitSeconds) {
      return { kind: 'provider_unavailable', retryAfterSeconds: BUSY_RETRY_SECONDS }
    }
    current = found
    const jittered = pause * (0.5 + randomFraction(runtime.randomBytes))
    await runtime.sleep(jittered)
    waited += jittered
  }
}

interface Claim {
  readonly account: Account
  readonly mayHaveBeenSpent: boolean
  readonly lease: AccountLease & { readonly leaseUntil: number }
}

/** The claim is ours: ask the provider, and see the answer through. */
async function conduct(
  dependencies: RunRefreshDependencies,
  run: RefreshRun,
  claim: Claim,
): Promise<RefreshOutcome> {
  const { sealer, logger } = dependencies
  const { account } = claim
  const progress: Progress = { hasSent: false }
  try {
    if (account.refreshToken === undefined)
      return await requireUser(dependencies, run, claim, 'expired')
    const context = accountSealContext(account, 'refresh_token', account.generation)
    const refreshToken = await sealer.open(account.refreshToken, context)
    return await present(dependencies, run, { ...claim, refreshToken, progress })
  } catch (error) {
    logger.error('A refresh ended in an error of the vault', {
      ...logFieldsOf(run),
      code: 'refresh_error',
      error,
    })
    const { state } = account
    await release(dependencies, claim, {
      intent: progress.hasSent || claim.mayHaveBeenSpent ? 'keep' : 'clear',
      state: progress.hasSent || state === 'uncertain' ? 'uncertain' : 'active',
    })
    return { kind: 'vault_unavailable' }
  }
}

interface Progress {
  /** The refresh token went out: it may have been spent. */
  hasSent: boolean
}

interface Presentation extends Claim {
  readonly refreshToken: string
  readonly progress: Progress
}

async function present(
  dependencies: RunRefreshDependencies,
  run: RefreshRun,
  claim: Presentation,
): Promise<RefreshOutcome> {
  const { accounts, crashPoint, providerClient, runtime } = dependencies
  const { connection } = run
  const { account, refreshToken, progress } = claim
  let { leaseUntil } = claim.lease
  for (let isConfirmed = false; ; isConfirmed = true) {
    await crashPoint('before_send')
    const result = await providerClient.refresh({
      connection,
      accountId: account.id,
      refreshToken,
      scopes: account.scopes,
      // Read right before the body is written: a process that was frozen must not send with a lease it has lost.
      mayStillSend: () => {
        const maySend = leaseUntil - runtime.now() >= MIN_LEASE_TO_SEND_SECONDS
        progress.hasSent ||= maySend
        return maySend
      },
    })
    await crashPoint('after_provider_response')
    if (result.ok) {
      return await storeRefreshedTokens(dependencies, run, {
        claim,
        refreshToken,
        tokens: result.value,
      })
    }
    const failure = result.refusal
    progress.hasSent = failure.mayHaveBeenSpent
    await auditRefresh(dependencies, run, 'account.refresh_failed', 'failed', failure.code)

    // A refusal of a token that has been replaced meanwhile says nothing about the account (F9).
    const moved = settleMoved(await accounts.find(keyOf(account)), account.generation)
    if (moved !== undefined) return moved
    const decision = decideAfterFailure({
      failure,
      account,
      behaviour: connection.behaviour,
      mayHaveBeenSpentBefore: claim.mayHaveBeenSpent,
      isConfirmed,
      now: runtime.now(),
      random: randomFraction(runtime.randomBytes),
    })
    if (decision.act === 'reconnect') {
      return await requireUser(dependencies, run, claim, decision.why, failure)
    }
    if (decision.act === 'release') {
      const { backOffSeconds } = decision
      await crashPoint('before_release')
      await release(dependencies, claim, {
        ...decision,
        failure: { code: failure.code, nextAttemptAt: runtime.now() + backOffSeconds },
      })
      return { kind: 'provider_unavailable', retryAfterSeconds: backOffSeconds }
    }
    await runtime.sleep(decision.afterSeconds)
    leaseUntil = runtime.now() + LEASE_SECONDS
    if (!(await accounts.renewLease({ ...claim.lease, leaseUntil }))) {
      const settled = settle(await accounts.find(keyOf(account)), account.generation, runtime.now())
      return settled ?? { kind: 'provider_unavailable', retryAfterSeconds: BUSY_RETRY_SECONDS }
    }
  }
}

/** Only the provider's own no gets here. Compare-and-set on the generation: a newer token is never marked dead. */
async function requireUser(
  dependencies: RunRefreshDependencies,
  run: RefreshRun,
  { account }: Claim,
  why: ReconnectReason,
  failure?: ProviderFailure,
): Promise<RefreshOutcome> {
  const { accounts, runtime } = dependencies
  const changed = await accounts.changeState({
    key: keyOf(account),
    generation: account.generation,
    state: 'reauth_required',
    reconnectReason: why,
    errorCode: failure?.code,
    now: runtime.now(),
  })
  if (!changed) {
    const settled = settleMoved(await accounts.find(keyOf(account)), account.generation)
    if (settled !== undefined) return settled
  }
  await auditRefresh(dependencies, run, 'account.state_changed', 'success', why)
  return { kind: 'reconnect_required', why }
}

async function release(
  { accounts, runtime }: RunRefreshDependencies,
  { lease }: Claim,
  ending: {
    readonly intent: 'clear' | 'keep'
    readonly state: 'active' | 'uncertain'
    readonly failure?: { readonly code: string; readonly nextAttemptAt: number } | undefined
  },
): Promise<void> {
  const { intent, state, failure } = ending
  await accounts.releaseRefresh({ ...lease, intent, state, failure, now: runtime.now() })
}
