import type { ProviderDefinition } from '@valetkey/providers'

import type { ProviderTokens } from '../domain/provider-tokens.ts'
import type { TokenMembers } from './token-members.ts'

/**
 * Tokens in the vault's terms: instants instead of lifetimes, counted from `issuedAt`, the start of the request.
 * Where a provider whose tokens always expire leaves `expires_in` out, its usual lifetime is assumed: refreshing too
 * early harms nobody, and taking the token for everlasting does.
 */
export function providerTokensOf(
  definition: ProviderDefinition,
  members: TokenMembers,
  { issuedAt, answers }: { readonly issuedAt: number; readonly answers: 'code' | 'refresh' },
): ProviderTokens {
  const rotates = answers === 'refresh' || members.refreshToken !== undefined
  const lifetimeSeconds = members.expiresInSeconds ?? usualLifetime(definition, rotates)
  const refreshLifetimeSeconds = members.refreshTokenExpiresInSeconds
  return {
    accessToken: members.accessToken,
    refreshToken: members.refreshToken,
    accessExpiresAt: lifetimeSeconds === undefined ? undefined : issuedAt + lifetimeSeconds,
    refreshExpiresAt:
      refreshLifetimeSeconds === undefined ? undefined : issuedAt + refreshLifetimeSeconds,
    scopes: members.scopes,
    issuedAt,
  }
}

function usualLifetime({ accessToken }: ProviderDefinition, rotates: boolean): number | undefined {
  switch (accessToken.expiry) {
    case 'always':
      return accessToken.lifetimeSeconds
    case 'when_rotating':
      return rotates ? accessToken.lifetimeSeconds : undefined
    case 'never':
    case 'as_stated':
      return undefined
  }
}
