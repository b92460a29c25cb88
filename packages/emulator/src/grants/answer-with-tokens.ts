import { userOf } from '../emulation.ts'
import { issueIdToken } from '../jwt.ts'
import type { Exchange } from '../provider-endpoint.ts'
import type { Reply } from '../reply.ts'
import { coveredScopes } from '../scope-coverage.ts'
import { issueAccessToken, type TokenFamily } from '../state.ts'
import { tokenResponse } from '../token-response.ts'

/** Issues what a grant gives, and answers with it in the provider's form. */
export async function answerWithTokens(
  exchange: Exchange,
  facts: {
    readonly answers: 'code' | 'refresh'
    readonly family: TokenFamily
    readonly refreshToken: string | undefined
    readonly requestedScopes: readonly string[]
    readonly grantedScopes: readonly string[]
    readonly lifetimeSeconds: number | undefined
    readonly nonce: string | undefined
  },
): Promise<Reply> {
  const { emulation, definition, provider, incoming, entry, fault, now } = exchange
  const { family, refreshToken, grantedScopes, lifetimeSeconds } = facts
  const accessToken = issueAccessToken(emulation.state, emulation.runtime, {
    family,
    scopes: grantedScopes,
    now,
    lifetimeSeconds,
  }).token
  const user = userOf(emulation, family.user)
  const idToken =
    definition.issuer !== undefined && grantedScopes.includes('openid')
      ? await issueIdToken(emulation, {
          provider: provider.id,
          clientId: family.clientId,
          user: user.id,
          scopes: grantedScopes,
          nonce: facts.nonce,
          accessToken,
          skewSeconds: fault?.kind === 'clock_skew' ? fault.seconds : 0,
        })
      : undefined
  entry.note({ issued: { accessToken, refreshToken } })
  const life = definition.refreshToken
  return tokenResponse(
    definition,
    {
      answers: facts.answers,
      user,
      accessToken,
      expiresInSeconds: lifetimeSeconds,
      refreshToken,
      refreshTokenExpiresInSeconds:
        life.issued === 'never' ? undefined : life.absoluteLifetimeSeconds,
      requestedScopes: facts.requestedScopes,
      grantedScopes,
      idToken,
    },
    incoming.headers.get('accept') ?? '',
  )
}

/** What a planned fault leaves of the scopes. */
export function narrowed(
  { definition, fault }: Exchange,
  scopes: readonly string[],
): readonly string[] {
  if (fault?.kind !== 'narrowed_scope') return scopes
  const left = coveredScopes(definition, fault.scopes)
  return scopes.filter((scope) => left.has(scope))
}

/** In seconds; `undefined` where the provider states none. */
export function accessTokenLifetime(
  { accessToken }: Exchange['definition'],
  comes: 'with_refresh_token' | 'alone',
): number | undefined {
  switch (accessToken.expiry) {
    case 'always':
      return accessToken.lifetimeSeconds
    case 'when_rotating':
      return comes === 'with_refresh_token' ? accessToken.lifetimeSeconds : undefined
    case 'never':
    case 'as_stated':
      return undefined
  }
}
