import type { AuthorizationAnswer } from '../ports/authorization-server.ts'
import { toJsonResponse } from './to-response.ts'

/**
 * The answer of the authorization server to a client. Errors keep their code and get words of the vault's: what comes
 * with them may quote the request (RV-06) or tell what exists. Anything else passes as it is.
 */
export async function forwardedAnswer({ response }: AuthorizationAnswer): Promise<Response> {
  if (response.status < 400) {
    // RV-05, also where there is nothing to keep.
    if (!response.headers.has('content-type'))
      response.headers.set('content-type', 'application/json')
    response.headers.set('cache-control', 'no-store')
    return response
  }
  const body: unknown = await response.json().catch(() => undefined)
  const code =
    typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : ''
  const known = Object.hasOwn(DESCRIPTIONS, code) ? DESCRIPTIONS[code] : undefined
  const answer =
    known === undefined
      ? toJsonResponse({ error: 'server_error', error_description: 'The vault failed.' }, 500)
      : toJsonResponse({ error: code, error_description: known.description }, known.status)
  for (const name of KEPT_HEADERS) {
    const value = response.headers.get(name)
    if (value !== null) answer.headers.set(name, value)
  }
  return answer
}

const KEPT_HEADERS: readonly string[] = ['dpop-nonce', 'www-authenticate', 'retry-after']

interface ErrorText {
  readonly status: number
  readonly description: string
}

/** Each code's status (RV-09) and what the caller is told. */
const DESCRIPTIONS: Readonly<Record<string, ErrorText>> = {
  invalid_request: {
    status: 400,
    description: 'A parameter is missing, repeated, or has a value that is not supported.',
  },
  invalid_client: {
    status: 401,
    description: 'The client is unknown, or its authentication is wrong.',
  },
  unauthorized_client: { status: 400, description: 'The client may not do this.' },
  unsupported_grant_type: { status: 400, description: 'The grant type is not supported.' },
  invalid_grant: {
    status: 400,
    description:
      'The code or token is invalid, has expired, was used before, or is not for this client.',
  },
  unsupported_token_type: {
    status: 400,
    description:
      'JWT access tokens cannot be revoked: they end by themselves, or with their login.',
  },
  unsupported_response_type: { status: 400, description: 'The response_type must be code.' },
  unsupported_response_mode: { status: 400, description: 'The response_mode is not supported.' },
  request_not_supported: { status: 400, description: 'Request objects are not supported.' },
  request_uri_not_supported: { status: 400, description: 'The request_uri is not one of here.' },
  registration_not_supported: { status: 400, description: 'The registration is not supported.' },
  unmet_authentication_requirements: {
    status: 400,
    description: 'The user cannot be authenticated as asked.',
  },
  login_required: { status: 400, description: 'The user has to log in.' },
  interaction_required: { status: 400, description: 'The user has to decide first.' },
  invalid_scope: {
    status: 400,
    description: 'The scope is malformed, or is not within the grant.',
  },
  invalid_target: { status: 400, description: 'The client may not have tokens for this API.' },
  invalid_redirect_uri: { status: 400, description: 'The redirect URI is not registered.' },
  invalid_dpop_proof: { status: 400, description: 'The DPoP proof is not valid for this request.' },
  use_dpop_nonce: { status: 400, description: 'The DPoP proof needs the nonce of this answer.' },
  authorization_pending: { status: 400, description: 'The user has not decided yet.' },
  slow_down: { status: 400, description: 'Ask less often.' },
  expired_token: { status: 400, description: 'The user did not decide in time.' },
  access_denied: { status: 400, description: 'The user did not allow it.' },
  unknown_user_id: { status: 400, description: 'There is no such user here.' },
  invalid_binding_message: {
    status: 400,
    description: 'The binding message takes 1 to 64 letters, digits, spaces and +-_.,:#',
  },
  invalid_token: { status: 401, description: 'The access token is invalid or has expired.' },
  insufficient_scope: { status: 403, description: 'The access token does not cover this.' },
  temporarily_unavailable: { status: 503, description: 'The vault cannot answer now.' },
}
