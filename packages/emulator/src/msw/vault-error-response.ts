/** Why a vault does not hand out a token, and what it tells besides. */
export type VaultError =
  | { readonly vaultError: 'not_connected' | 'consent_required' }
  | {
      readonly vaultError: 'scopes_missing'
      readonly missing: readonly string[]
      readonly granted?: readonly string[] | undefined
    }
  | {
      readonly vaultError: 'reconnect_required'
      readonly reason: 'revoked' | 'expired' | 'rotation_lost' | 'account_changed'
    }
  | {
      readonly vaultError: 'account_ambiguous'
      readonly accounts: readonly { readonly id: string; readonly label: string }[]
    }
  | { readonly vaultError: 'approval_required'; readonly authorizationDetails: readonly object[] }
  | {
      readonly vaultError:
        | 'subject_token_invalid'
        | 'actor_token_invalid'
        | 'unknown_connection'
        | 'policy_denied'
    }
  | {
      readonly vaultError: 'provider_unavailable'
      /** Default: 5. */
      readonly retryAfterSeconds?: number | undefined
    }
  /** Not a `vault_error`: the client's secret is wrong. */
  | { readonly vaultError: 'client_rejected' }
  /** Not a `vault_error`: the vault itself fails (503), throttles (429) or cannot be reached. */
  | { readonly vaultError: 'vault_down' | 'vault_throttles' | 'vault_unreachable' }

/** Whose words the client speaks. */
export type Dialect = 'rfc8693' | 'auth0'

/** An error as a vault answers it. `network`: no answer. */
export type VaultErrorResponse =
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body: Readonly<Record<string, unknown>>
    }
  | 'network'

/** The answer for an error, in the dialect of the request. RFC 8693 section 2.2.2 and RFC 6749 section 5.2. */
export function vaultErrorResponse(error: VaultError, dialect: Dialect): VaultErrorResponse {
  const { vaultError } = error
  switch (vaultError) {
    case 'not_connected':
      return needsUser(dialect, vaultError, 'interaction_required')
    case 'consent_required':
      return needsUser(dialect, vaultError, 'consent_required')
    case 'scopes_missing':
      return needsUser(dialect, vaultError, 'interaction_required', {
        missing_scope: error.missing.join(' '),
        granted_scope: (error.granted ?? []).join(' '),
      })
    case 'reconnect_required':
      return needsUser(dialect, vaultError, 'interaction_required', { reason: error.reason })
    case 'account_ambiguous':
      return needsUser(dialect, vaultError, 'account_selection_required', {
        accounts: error.accounts,
      })
    case 'approval_required':
      return needsUser(dialect, vaultError, 'interaction_required', {
        authorization_details: error.authorizationDetails,
      })
    case 'subject_token_invalid':
      return dialect === 'auth0'
        ? refused(401, 'invalid_grant', vaultError)
        : refused(400, 'invalid_request', vaultError)
    case 'actor_token_invalid':
      return refused(400, 'invalid_request', vaultError)
    case 'unknown_connection':
      return refused(400, dialect === 'auth0' ? 'invalid_request' : 'invalid_target', vaultError)
    case 'policy_denied':
      return dialect === 'auth0'
        ? refused(403, 'access_denied', vaultError)
        : refused(400, 'invalid_target', vaultError)
    case 'provider_unavailable':
      return {
        ...refused(503, 'temporarily_unavailable', vaultError),
        headers: { 'retry-after': String(error.retryAfterSeconds ?? 5) },
      }
    case 'client_rejected':
      return { status: 401, body: { error: 'invalid_client' } }
    case 'vault_down':
      return { status: 503, body: { error: 'temporarily_unavailable' } }
    case 'vault_throttles':
      return {
        status: 429,
        headers: { 'retry-after': '1' },
        body: { error: dialect === 'auth0' ? 'too_many_requests' : 'temporarily_unavailable' },
      }
    case 'vault_unreachable':
      return 'network'
  }
}

type Answered = Exclude<VaultErrorResponse, 'network'>

/** Auth0's published clients know two codes that lead to connecting. */
function needsUser(
  dialect: Dialect,
  vaultError: string,
  error: string,
  details: Readonly<Record<string, unknown>> = {},
): Answered {
  if (dialect === 'rfc8693') return refused(400, error, vaultError, details)
  return refused(
    401,
    vaultError === 'not_connected'
      ? 'federated_connection_refresh_token_not_found'
      : 'federated_connection_refresh_token_flow_failed',
    vaultError,
    details,
  )
}

function refused(
  status: number,
  error: string,
  vaultError: string,
  details: Readonly<Record<string, unknown>> = {},
): Answered {
  return {
    status,
    body: {
      error,
      error_description: `A test asked for ${vaultError}.`,
      vault_error: vaultError,
      ...details,
    },
  }
}
