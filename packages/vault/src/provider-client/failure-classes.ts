import type { ProviderFailure } from '../domain/provider-tokens.ts'
import type { OutboundAnswer } from '../ports/outbound-fetch.ts'

/** What a failure means, and whether it leaves open that the refresh token was spent (R15). */
export type FailureClass = Pick<ProviderFailure, 'kind' | 'mayHaveBeenSpent'>

/**
 * Error codes of a token endpoint (RFC 6749 section 5.2). A server that answers with one of them has said no, so the
 * refresh token is as it was; the two codes of trouble on the server's side prove nothing.
 */
export const ERROR_CODES: ReadonlyMap<string, FailureClass> = new Map<string, FailureClass>([
  ['invalid_grant', { kind: 'permanent', mayHaveBeenSpent: false }],
  ['invalid_client', { kind: 'operator', mayHaveBeenSpent: false }],
  ['unauthorized_client', { kind: 'operator', mayHaveBeenSpent: false }],
  ['invalid_request', { kind: 'transient', mayHaveBeenSpent: false }],
  ['invalid_scope', { kind: 'transient', mayHaveBeenSpent: false }],
  ['unsupported_grant_type', { kind: 'transient', mayHaveBeenSpent: false }],
  ['server_error', { kind: 'transient', mayHaveBeenSpent: true }],
  ['temporarily_unavailable', { kind: 'transient', mayHaveBeenSpent: true }],
])

/** Status codes that mean something whatever the body says; every other status is transient and proves nothing. */
const STATUS_CODES: ReadonlyMap<number, FailureClass> = new Map<number, FailureClass>([
  [401, { kind: 'operator', mayHaveBeenSpent: true }],
  [429, { kind: 'transient', mayHaveBeenSpent: false }],
])

/**
 * Error codes of an authorization response (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6) that keep
 * their name as failure code. The value is attacker-controlled: whatever is not listed becomes
 * `authorization_refused`.
 */
export const AUTHORIZATION_ERROR_CODES: ReadonlyMap<string, ProviderFailure['kind']> = new Map<
  string,
  ProviderFailure['kind']
>([
  ['access_denied', 'permanent'],
  ['account_selection_required', 'permanent'],
  ['consent_required', 'permanent'],
  ['interaction_required', 'permanent'],
  ['login_required', 'permanent'],
  ['invalid_request', 'operator'],
  ['invalid_scope', 'operator'],
  ['unauthorized_client', 'operator'],
  ['unsupported_response_type', 'operator'],
  ['server_error', 'transient'],
  ['temporarily_unavailable', 'transient'],
])

/** The failure that an answer's status makes, where no error code can be read. */
export function failureOfStatus(status: number, retryAfterSeconds?: number): ProviderFailure {
  const known = STATUS_CODES.get(status) ?? { kind: 'transient', mayHaveBeenSpent: true }
  return { ...known, code: `http_${status}`, retryAfterSeconds }
}

/**
 * The failure that an error answer makes. Throttling and trouble on the server's side are told by the status alone,
 * whatever a proxy put into the body.
 */
export function failureOfErrorAnswer({
  status,
  error,
  retryAfterSeconds,
}: {
  readonly status: number
  /** As received; used only to look it up. */
  readonly error: string
  readonly retryAfterSeconds?: number | undefined
}): ProviderFailure {
  const known = ERROR_CODES.get(error)
  if (status === 408 || status === 429 || status >= 500) {
    return failureOfStatus(status, retryAfterSeconds)
  }
  if (known !== undefined) return { ...known, code: error, retryAfterSeconds }
  if (STATUS_CODES.has(status)) return failureOfStatus(status, retryAfterSeconds)
  return { kind: 'transient', code: 'unknown_error', mayHaveBeenSpent: true, retryAfterSeconds }
}

/** The failure that an unsuccessful request makes. */
export function failureOfOutbound({
  code,
  sent,
}: Extract<OutboundAnswer, { ok: false }>): ProviderFailure {
  return { kind: 'transient', code, mayHaveBeenSpent: sent }
}

/** An answer that was read but breaks the rules for answers (RV-93): a new refresh token may be lost in it. */
export const INVALID_ANSWER: ProviderFailure = {
  kind: 'transient',
  code: 'invalid_answer',
  mayHaveBeenSpent: true,
}

/** An answer that should have been JSON. */
export const NOT_JSON: ProviderFailure = {
  kind: 'transient',
  code: 'not_json',
  mayHaveBeenSpent: true,
}
