import type { ProviderDefinition } from '@valetkey/providers'

import { unionScopes } from '../domain/scope.ts'

/** What an authorization request says beyond `client_id` and `response_type` (RFC 6749 section 4.1.1). */
export function authorizationParameters({
  definition,
  redirectUri,
  scopes,
  state,
  codeChallenge,
  nonce,
  parameters,
}: {
  readonly definition: ProviderDefinition
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly state: string
  readonly codeChallenge: string
  readonly nonce: string
  readonly parameters: Readonly<Record<string, string>>
}): Record<string, string> {
  const asked = unionScopes(scopes, vaultScopesOf(definition))
  return {
    ...definition.authorizationParameters,
    ...withoutReserved(parameters),
    ...joinedPrompt(definition.authorizationParameters?.['prompt'], parameters['prompt']),
    redirect_uri: redirectUri,
    state,
    ...(asked.length > 0 && {
      [definition.scopeParameter]: asked.join(definition.scopeSeparator),
    }),
    ...(definition.pkce === 'S256' && {
      code_challenge: codeChallenge,
      code_challenge_method: 'S256',
    }),
    ...(definition.issuer !== undefined && { nonce }),
  }
}

/** Scopes that the vault asks for on its own account: no ID token or no refresh token would come without. */
export function vaultScopesOf(definition: ProviderDefinition): readonly string[] {
  const needed = definition.identity.source === 'id_token' ? ['openid'] : []
  return unionScopes(needed, definition.scopesForRefresh ?? [])
}

/** What the flow itself rests on; nobody else may set it. */
const RESERVED = new Set([
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
  'user_scope',
])

function withoutReserved(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !RESERVED.has(name)))
}

/**
 * `prompt` is a list (OpenID Connect Core section 3.1.2.1): `select_account` of a caller must not take away the
 * `consent` without which Google gives no refresh token. `none` stands alone.
 */
function joinedPrompt(
  ours: string | undefined,
  theirs: string | undefined,
): { readonly prompt?: string } {
  if (ours === undefined || theirs === undefined || theirs === 'none') return {}
  return { prompt: unionScopes(ours.split(' '), theirs.split(' ')).join(' ') }
}
