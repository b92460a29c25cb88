import type { MendedByConnecting } from '../domain/refusal.ts'
import type { SubjectRefusal } from '../domain/subject.ts'
import type { TokenRefusal } from './token-refusal.ts'

/** Which wire an answer is written in: the standard one (RFC 8693), or Auth0's. */
export type Dialect = 'rfc8693' | 'auth0'

/** An error on the wire: RFC 6749 section 5.2, with what this vault adds to it. */
export interface WireError {
  readonly status: 400 | 401 | 403 | 405 | 413 | 429 | 503
  readonly error: string
  /** Printable ASCII without quotes and backslashes, and never the caller's text (RV-06). */
  readonly description: string
  /** The SDK's `error.code`. */
  readonly vaultError?: string | undefined
  readonly details?: Readonly<Record<string, unknown>> | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Every refusal's place on the wire (RV-09, and wire.md's table of `vault_error`). */
export function toWireError(
  refusal: TokenRefusal,
  { dialect }: { readonly dialect: Dialect },
): WireError {
  switch (refusal.reason) {
    case 'method_not_allowed':
      return {
        status: 405,
        error: 'invalid_request',
        description: 'This endpoint takes POST only.',
        headers: { allow: 'POST' },
      }
    case 'unsupported_media_type':
      return invalidRequest(
        'The body must be application/x-www-form-urlencoded or application/json, in UTF-8.',
      )
    case 'body_too_large':
      return { ...invalidRequest('The body is too large.'), status: 413 }
    case 'malformed_body':
      return invalidRequest('The body cannot be read, or has members that are not strings.')
    case 'repeated_parameter':
      return invalidRequest('A parameter is repeated.')
    case 'several_client_authentications':
      return invalidRequest('The client authenticates in more than one way.')
    case 'malformed_client_authentication':
      return invalidRequest('The client authentication is incomplete or malformed.')
    case 'invalid_client':
      return {
        status: 401,
        error: 'invalid_client',
        description: 'The client is unknown, or its authentication is wrong.',
      }
    case 'unsupported_grant_type':
      return {
        status: 400,
        error: 'unsupported_grant_type',
        description: 'The grant type is not supported.',
      }
    case 'unauthorized_client':
      return {
        status: dialect === 'auth0' ? 403 : 400,
        error: 'unauthorized_client',
        description: 'The client may not use this grant type or endpoint.',
      }
    case 'missing_parameter':
      return invalidRequest(`The parameter ${refusal.parameter} is missing.`)
    case 'invalid_parameter':
      return invalidRequest(`The parameter ${refusal.parameter} has a value that is not supported.`)
    case 'invalid_scope_syntax':
      return {
        status: 400,
        error: 'invalid_scope',
        description: 'The scope must be names with single spaces between them.',
      }
    case 'too_many_scopes':
      return {
        status: 400,
        error: 'invalid_scope',
        description: 'The scope may hold 100 names at most, of 255 characters at most.',
      }
    case 'several_targets':
      return {
        status: 400,
        error: 'invalid_target',
        description: 'No token serves more than one target.',
      }
    case 'invalid_resource':
      return {
        status: 400,
        error: 'invalid_target',
        description: 'The resource must be an absolute URI without fragment.',
      }
    case 'throttled':
      return throttled(dialect, 'Too many failed attempts.', refusal.retryAfterSeconds)
    case 'forced_refresh_limited':
      return throttled(dialect, 'This token was renewed a moment ago.', refusal.retryAfterSeconds)
    case 'vault_unavailable':
      return {
        status: 503,
        error: 'temporarily_unavailable',
        description: 'The vault cannot answer now.',
        retryAfterSeconds: refusal.retryAfterSeconds,
      }
    case 'invalid_dpop_proof':
      return invalidProof
    case 'use_dpop_nonce':
      return {
        status: 400,
        error: 'use_dpop_nonce',
        description: 'The DPoP proof must carry the nonce of the DPoP-Nonce header.',
      }
    case 'provider_unavailable':
      return {
        status: 503,
        error: 'temporarily_unavailable',
        description: 'The provider cannot be reached now, or a token is just being renewed.',
        vaultError: 'provider_unavailable',
        retryAfterSeconds: refusal.retryAfterSeconds,
      }
    case 'subject_token_invalid':
      // The caller sent something that could never be a subject here: a login cannot mend that.
      if (refusal.why.reason === 'unsupported_token_type') {
        return invalidRequest('The subject_token_type is not supported.')
      }
      // Nor that the client left out, or mixed up, a key that it holds.
      if (isUnproven(refusal.why)) return invalidProof
      return dialect === 'auth0'
        ? {
            status: 401,
            error: 'invalid_grant',
            description: 'The subject token is invalid or has expired.',
            vaultError: 'subject_token_invalid',
          }
        : {
            ...invalidRequest('The subject token is invalid or has expired.'),
            vaultError: 'subject_token_invalid',
          }
    case 'actor_token_invalid':
      if (isUnproven(refusal.why)) return invalidProof
      return {
        ...invalidRequest('The actor token is invalid, or its actor may not act here.'),
        vaultError: 'actor_token_invalid',
      }
    case 'unknown_connection':
    case 'unknown_target':
    case 'unknown_api':
      return {
        status: 400,
        error: dialect === 'auth0' ? 'invalid_request' : 'invalid_target',
        description:
          refusal.reason === 'unknown_api'
            ? 'There is no such API.'
            : 'There is no such connection.',
        vaultError: 'unknown_connection',
      }
    case 'api_not_allowed':
      return policyDenied(dialect, 'invalid_target', 'The client may not use this API.')
    case 'impersonation_not_allowed':
      // RFC 8693 section 2.2.2: not acceptable by policy, and neither target nor scope is why.
      return policyDenied(
        dialect,
        'invalid_request',
        'The client may not have a token that does not show who acts.',
      )
    case 'connection_not_allowed':
      return policyDenied(dialect, 'invalid_target', 'The client may not use this connection.')
    case 'scopes_not_allowed':
      return policyDenied(dialect, 'invalid_scope', 'The client may not have all of these scopes.')
    case 'token_exceeds_policy':
      return policyDenied(
        dialect,
        'invalid_scope',
        'The token can do more than the client may have, and cannot be narrowed.',
      )
    case 'forced_refresh_not_allowed':
      return policyDenied(
        dialect,
        'invalid_target',
        'The client may not renew a token that others are using.',
      )
    case 'not_connected':
      return {
        ...needsUser(dialect, refusal.reason, 'The user has not connected an account.'),
        details: connectUriOf(refusal),
      }
    case 'scopes_missing':
      return {
        ...needsUser(dialect, refusal.reason, 'The account was not granted all of these scopes.'),
        details: {
          missing_scope: refusal.missing.join(' '),
          granted_scope: refusal.granted.join(' '),
          ...connectUriOf(refusal),
        },
      }
    case 'reconnect_required':
      return {
        ...needsUser(dialect, refusal.reason, 'The account has to be connected again.'),
        details: { reason: refusal.why, ...connectUriOf(refusal) },
      }
    case 'consent_required':
      return {
        ...needsUser(dialect, refusal.reason, 'The user has not allowed this client yet.'),
        ...(dialect === 'rfc8693' && { error: 'consent_required' }),
        details: connectUriOf(refusal),
      }
    case 'account_ambiguous':
      return {
        ...needsUser(dialect, refusal.reason, 'Several accounts are connected: send a login_hint.'),
        ...(dialect === 'rfc8693' && { error: 'account_selection_required' }),
        details: { accounts: refusal.accounts },
      }
  }
}

/** RFC 9449 section 5. */
const invalidProof: WireError = {
  status: 400,
  error: 'invalid_dpop_proof',
  description: 'The DPoP proof is missing or invalid, or not of the key that a token is bound to.',
}

function isUnproven({ reason }: SubjectRefusal): boolean {
  return reason === 'proof_missing' || reason === 'proof_of_other_key'
}

function connectUriOf({ connectUri }: MendedByConnecting): { readonly connect_uri?: string } {
  return connectUri === undefined ? {} : { connect_uri: connectUri }
}

function invalidRequest(description: string): WireError & { readonly status: 400 } {
  return { status: 400, error: 'invalid_request', description }
}

function throttled(dialect: Dialect, description: string, retryAfterSeconds: number): WireError {
  return {
    status: 429,
    error: dialect === 'auth0' ? 'too_many_requests' : 'temporarily_unavailable',
    description,
    retryAfterSeconds,
  }
}

/** R25. */
function policyDenied(
  dialect: Dialect,
  error: 'invalid_target' | 'invalid_scope' | 'invalid_request',
  description: string,
): WireError {
  return dialect === 'auth0'
    ? { status: 403, error: 'access_denied', description, vaultError: 'policy_denied' }
    : { status: 400, error, description, vaultError: 'policy_denied' }
}

/** What connecting mends. Auth0's published clients know two codes that lead to it, by whether an account was ever there. */
function needsUser(dialect: Dialect, vaultError: string, description: string): WireError {
  if (dialect === 'rfc8693') {
    return { status: 400, error: 'interaction_required', description, vaultError }
  }
  const error =
    vaultError === 'not_connected'
      ? 'federated_connection_refresh_token_not_found'
      : 'federated_connection_refresh_token_flow_failed'
  return { status: 401, error, description, vaultError }
}
