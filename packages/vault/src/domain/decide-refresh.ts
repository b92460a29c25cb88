import type { Account, ReconnectReason } from './account.ts'
import type { ProviderBehaviour } from './connection.ts'
import type { ProviderFailure } from './provider-tokens.ts'

/** No token with less life than this is handed out (RV-32): it would run out on the way. */
export const MIN_HANDED_OUT_SECONDS = 30
const MIN_MARGIN_SECONDS = 60
const MAX_MARGIN_SECONDS = 300
const MARGIN_OF_LIFE = 0.1
/** How much earlier one node may begin than another, as a part of the margin. */
const JITTER_OF_MARGIN = 0.1

const MAX_BACK_OFF_SECONDS = 300
const MAX_RETRY_AFTER_SECONDS = 3_600
/** A refused client is not mended in seconds, and the account may be the cause: some providers answer a dead grant so. */
const OPERATOR_BACK_OFF_SECONDS = 30

const MIN_CONFIRM_SECONDS = 2
const MAX_CONFIRM_SECONDS = 5

export type RefreshDecision =
  /** The stored token is good. */
  | { readonly act: 'serve' }
  /** The stored token is good, and runs out soon. */
  | { readonly act: 'serve_and_refresh' }
  | { readonly act: 'refresh' }
  /** It has to be refreshed, but not before `nextAttemptAt`. */
  | { readonly act: 'wait'; readonly retryAfterSeconds: number }
  /** Nothing but the user can bring a new token. */
  | { readonly act: 'reconnect'; readonly why: ReconnectReason }

export interface RefreshQuestion {
  readonly account: Account
  readonly behaviour: Pick<ProviderBehaviour, 'refreshKillsAccessToken'>
  readonly now: number
  /** 0 to 1, the node's own, so that nodes do not all wake at one instant. */
  readonly jitter: number
}

/** What an exchange does about the age of an account's access token (docs/concepts.md, refreshing). */
export function decideRefresh({
  account,
  behaviour,
  now,
  jitter,
}: RefreshQuestion): RefreshDecision {
  if (account.state === 'revoked' || account.state === 'reauth_required') {
    return { act: 'reconnect', why: account.reconnectReason ?? 'revoked' }
  }
  const { accessExpiresAt, accessIssuedAt, refreshToken } = account
  if (accessExpiresAt === undefined) return { act: 'serve' }
  const isGood = hasLifeLeft(account, now)
  if (refreshToken === undefined) {
    return isGood ? { act: 'serve' } : { act: 'reconnect', why: 'expired' }
  }
  const { nextAttemptAt = now } = account.refresh
  if (!isGood) {
    return nextAttemptAt > now
      ? { act: 'wait', retryAfterSeconds: nextAttemptAt - now }
      : { act: 'refresh' }
  }
  // Refreshed early, it would die in the hands of those who were just given it.
  if (behaviour.refreshKillsAccessToken || nextAttemptAt > now) return { act: 'serve' }
  const margin = marginOf(accessExpiresAt - accessIssuedAt) * (1 + jitter * JITTER_OF_MARGIN)
  return accessExpiresAt - now > margin ? { act: 'serve' } : { act: 'serve_and_refresh' }
}

/** Whether a stored access token may be handed out at all. */
export function hasLifeLeft(account: Pick<Account, 'accessExpiresAt'>, now: number): boolean {
  const { accessExpiresAt } = account
  return accessExpiresAt === undefined || accessExpiresAt - now >= MIN_HANDED_OUT_SECONDS
}

/** A tenth of the life, between one minute and five; half of a life too short for that. */
function marginOf(lifeSeconds: number): number {
  const margin = Math.min(MAX_MARGIN_SECONDS, lifeSeconds * MARGIN_OF_LIFE)
  return Math.min(Math.max(MIN_MARGIN_SECONDS, margin), lifeSeconds / 2)
}

export type FailureDecision =
  /** Ask once more after a while: some providers refuse a good token for a moment. */
  | { readonly act: 'confirm'; readonly afterSeconds: number }
  /** The provider said no. */
  | { readonly act: 'reconnect'; readonly why: ReconnectReason }
  /** The account stays as it is; somebody may try again. */
  | {
      readonly act: 'release'
      readonly state: 'active' | 'uncertain'
      readonly intent: 'clear' | 'keep'
      readonly backOffSeconds: number
    }

export interface FailureQuestion {
  readonly failure: ProviderFailure
  readonly account: Account
  readonly behaviour: Pick<ProviderBehaviour, 'rotation'>
  /** An earlier attempt on this generation ended without an answer: this was the second presentation. */
  readonly mayHaveBeenSpentBefore: boolean
  /** The refusal has been confirmed already. */
  readonly isConfirmed: boolean
  readonly now: number
  /** 0 to 1. */
  readonly random: number
}

/** What a provider's failure means for the account. Only a refusal of the grant itself ever needs the user. */
export function decideAfterFailure(question: FailureQuestion): FailureDecision {
  const { failure, account, behaviour, mayHaveBeenSpentBefore, isConfirmed, random } = question
  const isRotating = behaviour.rotation === 'strict' || behaviour.rotation === 'grace'
  if (failure.kind === 'permanent') {
    if (mayHaveBeenSpentBefore && behaviour.rotation === 'strict') {
      return { act: 'reconnect', why: 'rotation_lost' }
    }
    // Where a replay ends the whole grant, asking again could only do harm.
    if (!isConfirmed && behaviour.rotation !== 'strict') {
      const span = MAX_CONFIRM_SECONDS - MIN_CONFIRM_SECONDS
      return { act: 'confirm', afterSeconds: MIN_CONFIRM_SECONDS + random * span }
    }
    return { act: 'reconnect', why: reasonOf(question, isRotating) }
  }
  // An attempt that was not sent says nothing about an earlier one that was.
  const mayBeSpent = failure.mayHaveBeenSpent || mayHaveBeenSpentBefore
  const state = mayBeSpent && isRotating ? 'uncertain' : 'active'
  const intent = mayBeSpent ? 'keep' : 'clear'
  const backOffSeconds = Math.max(
    failure.kind === 'operator' ? OPERATOR_BACK_OFF_SECONDS : 0,
    backOff(account.refresh.failCount, random),
    Math.min(Math.ceil(failure.retryAfterSeconds ?? 0), MAX_RETRY_AFTER_SECONDS),
  )
  return { act: 'release', state, intent, backOffSeconds }
}

function reasonOf(
  { account, mayHaveBeenSpentBefore, now }: FailureQuestion,
  isRotating: boolean,
): ReconnectReason {
  if (mayHaveBeenSpentBefore && isRotating) return 'rotation_lost'
  const { refreshExpiresAt } = account
  return refreshExpiresAt !== undefined && refreshExpiresAt <= now ? 'expired' : 'revoked'
}

/** 1 s · 2ⁿ with full jitter, at most 5 minutes; whole seconds, at least one. */
function backOff(failCount: number, random: number): number {
  const ceiling = Math.min(MAX_BACK_OFF_SECONDS, 2 ** Math.min(failCount, 16))
  return Math.max(1, Math.ceil(random * ceiling))
}
