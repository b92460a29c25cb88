import type { ProviderDefinition } from '@valetkey/providers'
import { jsonReply, type Reply } from './reply.ts'

/** Why a token or revocation endpoint refuses. */
export type TokenRefusal =
  | { readonly reason: 'client_unknown' }
  | { readonly reason: 'client_secret_wrong' }
  | { readonly reason: 'client_authentication_missing'; readonly expected: string }
  | { readonly reason: 'malformed'; readonly problem: string }
  | { readonly reason: 'grant_type_unknown' }
  | { readonly reason: 'code_invalid'; readonly problem: string }
  | { readonly reason: 'refresh_token_invalid'; readonly problem: string }
  | { readonly reason: 'scope_exceeds_grant' }

/** The answer in the provider's own words: its codes, its status, its shape. */
export function tokenError(provider: ProviderDefinition, refusal: TokenRefusal): Reply {
  const { clientErrorCodes, codeErrorCodes, refreshErrorCodes } = provider.tokenResponse
  switch (refusal.reason) {
    case 'client_unknown':
      return protocolError(provider, {
        error: clientErrorCodes.at(-1) ?? 'invalid_client',
        description: 'The client is not known.',
        status: 401,
      })
    case 'client_secret_wrong':
      return protocolError(provider, {
        error: clientErrorCodes[0] ?? 'invalid_client',
        description: 'The client secret is wrong.',
        status: 401,
      })
    case 'client_authentication_missing':
      return protocolError(provider, {
        error: clientErrorCodes[0] ?? 'invalid_client',
        description: `Client authentication by ${refusal.expected} is expected.`,
        status: 401,
      })
    case 'malformed':
      return protocolError(provider, { error: 'invalid_request', description: refusal.problem })
    case 'grant_type_unknown':
      return protocolError(provider, {
        error: 'unsupported_grant_type',
        description: 'Only authorization_code and refresh_token are supported.',
      })
    case 'code_invalid':
      return protocolError(provider, {
        error: codeErrorCodes[0] ?? 'invalid_grant',
        description: refusal.problem,
      })
    case 'refresh_token_invalid':
      return protocolError(provider, {
        error: refreshErrorCodes[0] ?? 'invalid_grant',
        description: refusal.problem,
      })
    case 'scope_exceeds_grant':
      return protocolError(provider, {
        error: 'invalid_scope',
        description: 'The scope exceeds what the user granted.',
      })
  }
}

/** An error in the shape that the provider's token endpoint has for errors. `status` default: 400. */
export function protocolError(
  provider: ProviderDefinition,
  {
    error,
    description,
    status = 400,
  }: { readonly error: string; readonly description: string; readonly status?: number | undefined },
): Reply {
  switch (provider.tokenResponse.errors) {
    case 'slack_ok_false':
      return jsonReply({ ok: false, error })
    case 'ok_200_error_field':
      return jsonReply({ error, error_description: description })
    case 'status':
      return jsonReply(
        { error, error_description: description },
        status,
        // RFC 6749 section 5.2
        status === 401 && provider.clientAuthentication === 'client_secret_basic'
          ? { 'www-authenticate': 'Basic realm="emulator"' }
          : undefined,
      )
  }
}
