import type { Account } from '../domain/account.ts'
import type { Connection } from '../domain/connection.ts'
import { decideRefresh, hasLifeLeft } from '../domain/decide-refresh.ts'
import { randomFraction } from '../domain/random-fraction.ts'
import type { ExchangeRefusal } from '../domain/refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import { UNAVAILABLE_RETRY_SECONDS } from './record-audit.ts'
import {
  auditRefresh,
  keyOf,
  logFieldsOf,
  type RefreshOutcome,
  type RefreshRun,
  type RunRefreshDependencies,
} from './refresh-run.ts'
import { runRefresh } from './run-refresh.ts'
import { accountSealContext } from './seal-contexts.ts'

/** Shorter than the 5 s after which clients give up (R16). */
const DEFAULT_WAIT_SECONDS = 4.5
const BUSY_RETRY_SECONDS = 1
/** How long a graceful stop goes on trying to store tokens that exist nowhere else. */
const DRAIN_SECONDS = 60

export interface FreshTokenRequest {
  readonly connection: Connection
  /** As just read. */
  readonly account: Account
  /** The provider refused the token of this generation (R17); `policy` is about refreshes that harm others. */
  readonly refused?:
    | { readonly generation: number; readonly policy: 'allow' | 'refuse' }
    | undefined
  readonly clientId: string
  readonly requestId: string
}

export interface FreshToken {
  /** The row that the token belongs to: newer than the one asked about when it was refreshed. */
  readonly account: Account
  readonly accessToken: string
}

export interface AccountRefresher {
  /** An access token of the account that is good now; refreshed once, whoever asks, where it has to be. */
  freshToken(request: FreshTokenRequest): Promise<Result<FreshToken, ExchangeRefusal>>
  /** Resolves when no refresh is under way. Call it at a graceful stop, after the last request. */
  drain(): Promise<void>
}

export interface AccountRefresherDependencies extends Omit<
  RunRefreshDependencies,
  'mayKeepTrying' | 'waitSeconds' | 'crashPoint'
> {
  /** One forced refresh per account in 30 seconds, across all clients (R17). */
  readonly forcedRefreshes: RateLimiter
  /** How long a caller waits for a refresh. Default 4.5. */
  readonly waitSeconds?: number | undefined
  /** Default: nothing. Tests make the process die there. */
  readonly crashPoint?: RunRefreshDependencies['crashPoint'] | undefined
}

/**
 * Gives access tokens that are good, and refreshes those that are not: early and in the background where the stored one
 * still works, once for all callers, and never because a caller went away.
 */
export function createAccountRefresher(given: AccountRefresherDependencies): AccountRefresher {
  const { accounts, forcedRefreshes, logger, providerClient, runtime, sealer } = given
  const { waitSeconds = DEFAULT_WAIT_SECONDS, crashPoint = () => {} } = given
  const jitter = randomFraction(runtime.randomBytes)
  const flights = new Map<string, Promise<RefreshOutcome>>()
  let drainUntil: number | undefined
  const mayKeepTrying = () => drainUntil === undefined || runtime.now() < drainUntil
  const dependencies = { ...given, waitSeconds, crashPoint, mayKeepTrying }

  /** Joins the refresh of this very generation that is under way, or starts it. */
  function fly(run: RefreshRun): Promise<RefreshOutcome> {
    const { tenant, id, generation } = run.account
    const name = JSON.stringify([tenant, id, generation])
    const existing = flights.get(name)
    if (existing !== undefined) return existing
    const flight = finish(name, run)
    flights.set(name, flight)
    return flight
  }

  async function finish(name: string, run: RefreshRun): Promise<RefreshOutcome> {
    try {
      return await runRefresh(dependencies, run)
    } catch (error) {
      logger.error('A refresh failed', { ...logFieldsOf(run), code: 'refresh_error', error })
      return { kind: 'vault_unavailable' }
    } finally {
      flights.delete(name)
    }
  }

  /** The refresh goes on when the caller's patience ends: its outcome is stored either way. */
  async function waitFor(run: RefreshRun): Promise<RefreshOutcome> {
    const abort = new AbortController()
    try {
      return await Promise.race([fly(run), patience(abort.signal)])
    } finally {
      abort.abort()
    }
  }

  async function patience(signal: AbortSignal): Promise<RefreshOutcome> {
    await runtime.sleep(waitSeconds, signal)
    return { kind: 'provider_unavailable', retryAfterSeconds: BUSY_RETRY_SECONDS }
  }

  async function open(account: Account): Promise<Result<FreshToken, ExchangeRefusal>> {
    const context = accountSealContext(account, 'access_token', account.generation)
    const accessToken = await sealer.open(account.accessToken, context)
    return accept({ account, accessToken })
  }

  async function deliver(outcome: RefreshOutcome): Promise<Result<FreshToken, ExchangeRefusal>> {
    switch (outcome.kind) {
      case 'refreshed':
        return hasLifeLeft(outcome.account, runtime.now())
          ? await open(outcome.account)
          : refuse({ reason: 'provider_unavailable', retryAfterSeconds: BUSY_RETRY_SECONDS })
      case 'disconnected':
        return refuse({ reason: 'not_connected' })
      case 'reconnect_required':
        return refuse({ reason: 'reconnect_required', why: outcome.why })
      case 'provider_unavailable':
        return refuse({
          reason: 'provider_unavailable',
          retryAfterSeconds: outcome.retryAfterSeconds,
        })
      case 'vault_unavailable':
        return refuse({
          reason: 'vault_unavailable',
          retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS,
        })
    }
  }

  /** Nothing can bring a new token: the account says so from now on. */
  async function expire(run: RefreshRun): Promise<Result<FreshToken, ExchangeRefusal>> {
    await changeToReconnect(run, 'expired')
    return refuse({ reason: 'reconnect_required', why: 'expired' })
  }

  async function changeToReconnect(run: RefreshRun, why: 'expired' | 'revoked'): Promise<void> {
    const { account } = run
    const changed = await accounts.changeState({
      key: keyOf(account),
      generation: account.generation,
      state: 'reauth_required',
      reconnectReason: why,
      now: runtime.now(),
    })
    if (changed) await auditRefresh(dependencies, run, 'account.state_changed', 'success', why)
  }

  /** A token of the stored generation was refused: a newer one, or the truth about the account (R17). */
  async function force(
    run: RefreshRun,
    policy: 'allow' | 'refuse',
  ): Promise<Result<FreshToken, ExchangeRefusal>> {
    const { account, connection } = run
    if (connection.behaviour.refreshKillsAccessToken && policy === 'refuse') {
      return refuse({ reason: 'forced_refresh_not_allowed' })
    }
    const wait = await forcedRefreshes.take(JSON.stringify([account.tenant, account.id]))
    if (wait !== undefined) {
      // Where the last try failed at the provider, it is the provider that callers wait for.
      const reason =
        account.refresh.failCount > 0 ? 'provider_unavailable' : 'forced_refresh_limited'
      return refuse({ reason, retryAfterSeconds: wait })
    }
    if (account.refreshToken !== undefined) return await deliver(await waitFor(run))

    // Nothing to refresh with. What a client says is no proof: the provider is asked.
    const opened = await open(account)
    if (!opened.ok) return opened
    const probed = await providerClient.probe({ connection, accessToken: opened.value.accessToken })
    if (!probed.ok) {
      const retryAfterSeconds = probed.refusal.retryAfterSeconds ?? UNAVAILABLE_RETRY_SECONDS
      return refuse({ reason: 'provider_unavailable', retryAfterSeconds })
    }
    if (probed.value === 'accepted') return opened
    // Where the provider cannot be asked, this client is believed for itself, and the state stays for the others.
    if (probed.value === 'refused') await changeToReconnect(run, 'revoked')
    return refuse({ reason: 'reconnect_required', why: 'revoked' })
  }

  return {
    async freshToken({ connection, account, refused, clientId, requestId }) {
      const run = { connection, account, clientId, requestId }
      const { behaviour } = connection
      const decision = decideRefresh({ account, behaviour, now: runtime.now(), jitter })
      const isStoredRefused = refused?.generation === account.generation
      switch (decision.act) {
        case 'refresh':
          return await deliver(await waitFor(run))
        case 'wait':
          return refuse({
            reason: 'provider_unavailable',
            retryAfterSeconds: decision.retryAfterSeconds,
          })
        case 'reconnect':
          return account.state === 'active' || account.state === 'uncertain'
            ? await expire(run)
            : refuse({ reason: 'reconnect_required', why: decision.why })
        case 'serve':
          return isStoredRefused ? await force(run, refused.policy) : await open(account)
        case 'serve_and_refresh':
          if (isStoredRefused) return await force(run, refused.policy)
          // Its failures are logged and audited there; this caller has a good token.
          void fly(run)
          return await open(account)
      }
    },

    async drain() {
      drainUntil ??= runtime.now() + DRAIN_SECONDS
      while (flights.size > 0) await Promise.all(flights.values())
    },
  }
}
