import type { ValetKeyErrorCode } from './valet-key-error.ts'

/** Which wire the client speaks: the standard one (RFC 8693), or Auth0's. */
export type Dialect = 'rfc8693' | 'auth0'

/** One row: the first row whose conditions all hold gives the code. */
export interface WireCode {
  readonly dialect?: Dialect
  readonly status: readonly [lowest: number, highest: number]
  readonly vaultError?: string
  readonly error?: string
  readonly code: ValetKeyErrorCode
}

const clientError = [400, 499] as const
const serverError = [500, 599] as const
const anyError = [400, 599] as const

/**
 * From the token endpoint's answer to the code. A code that asks the user for something needs a
 * 4xx *and* a word that says so: an outage, a throttle or a wrong secret never looks like one.
 */
export const wireCodes: readonly WireCode[] = [
  // Our vault says which (wire.md), in both dialects.
  { status: clientError, vaultError: 'not_connected', code: 'not_connected' },
  { status: clientError, vaultError: 'scopes_missing', code: 'scopes_missing' },
  { status: clientError, vaultError: 'reconnect_required', code: 'reconnect_required' },
  { status: clientError, vaultError: 'consent_required', code: 'consent_required' },
  { status: clientError, vaultError: 'account_ambiguous', code: 'account_ambiguous' },
  { status: clientError, vaultError: 'approval_required', code: 'approval_required' },
  { status: clientError, vaultError: 'subject_token_invalid', code: 'login_required' },
  { status: clientError, vaultError: 'actor_token_invalid', code: 'client_misconfigured' },
  { status: clientError, vaultError: 'unknown_connection', code: 'client_misconfigured' },
  { status: clientError, vaultError: 'policy_denied', code: 'policy_denied' },
  { status: anyError, vaultError: 'provider_unavailable', code: 'provider_unavailable' },
  // Time mends these, whatever the body says.
  { status: [429, 429], code: 'vault_unavailable' },
  { status: serverError, code: 'vault_unavailable' },
  // Auth0 says it with codes of its own (wire-auth0.md, section 1.2).
  {
    dialect: 'auth0',
    status: clientError,
    error: 'federated_connection_refresh_token_not_found',
    code: 'not_connected',
  },
  { dialect: 'auth0', status: clientError, error: 'tokenset_not_found', code: 'not_connected' },
  { dialect: 'auth0', status: clientError, error: 'user_not_found', code: 'not_connected' },
  {
    dialect: 'auth0',
    status: clientError,
    error: 'federated_connection_refresh_token_flow_failed',
    code: 'reconnect_required',
  },
  { dialect: 'auth0', status: clientError, error: 'invalid_grant', code: 'login_required' },
  { dialect: 'auth0', status: clientError, error: 'access_denied', code: 'policy_denied' },
  // A word of our vault that this version does not know is never guessed at.
  { status: clientError, vaultError: '*', code: 'protocol_error' },
  // What is left is about the client, its registration or its request.
  { status: [400, 401], code: 'client_misconfigured' },
  { status: clientError, error: '*', code: 'client_misconfigured' },
  { status: [404, 405], code: 'client_misconfigured' },
]

/** What of an answer decides the code. */
export interface WireFailure {
  readonly status: number
  readonly vaultError?: string | undefined
  readonly error?: string | undefined
}

/** The code of an answer other than 200; `protocol_error` where no row fits. */
export function toErrorCode(dialect: Dialect, failure: WireFailure): ValetKeyErrorCode {
  const row = wireCodes.find(
    (candidate) =>
      (candidate.dialect === undefined || candidate.dialect === dialect) &&
      failure.status >= candidate.status[0] &&
      failure.status <= candidate.status[1] &&
      matches(candidate.vaultError, failure.vaultError) &&
      matches(candidate.error, failure.error),
  )
  return row?.code ?? 'protocol_error'
}

function matches(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || (wanted === '*' ? actual !== undefined : wanted === actual)
}
