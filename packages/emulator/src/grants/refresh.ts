import type { EmulatorClient } from '../emulation.ts'
import type { Exchange } from '../provider-endpoint.ts'
import type { Reply } from '../reply.ts'
import { hasRefreshTokenExpired, judgeRotation } from '../rotation.ts'
import { coveredScopes, normalizedScopes } from '../scope-coverage.ts'
import {
  endFamily,
  issueRefreshToken,
  revokeAccessTokensOf,
  type StoredRefreshToken,
  type TokenFamily,
} from '../state.ts'
import { tokenError } from '../token-error.ts'
import { accessTokenLifetime, answerWithTokens, narrowed } from './answer-with-tokens.ts'

/** RFC 6749 section 6. */
export async function refresh(exchange: Exchange, client: EmulatorClient): Promise<Reply> {
  const { emulation, definition, incoming, entry, now } = exchange
  const { state, runtime } = emulation
  const token = state.refreshTokens.get(incoming.parameters['refresh_token'] ?? '')
  const family = token && state.families.get(token.family)
  const problem = refreshProblem(exchange, client, token, family)
  if (token === undefined || family === undefined || problem !== undefined) {
    return tokenError(definition, {
      reason: 'refresh_token_invalid',
      problem: problem ?? 'The refresh token is not known.',
    })
  }
  const life = definition.refreshToken
  if (life.issued === 'never') {
    return tokenError(definition, {
      reason: 'refresh_token_invalid',
      problem: 'This provider has no refresh tokens.',
    })
  }
  const asked = (incoming.parameters['scope'] ?? '').split(/[ ,]/).filter((scope) => scope !== '')
  const covered = coveredScopes(definition, family.scopes)
  if (asked.some((scope) => !covered.has(scope))) {
    return tokenError(definition, { reason: 'scope_exceeds_grant' })
  }

  entry.note({ user: family.user })
  const history = { ...token, behind: family.issuedCount - token.sequence }
  const verdict = judgeRotation(life, history, now)
  if (!verdict.accepted) {
    if (verdict.familyEnds) endFamily(family, now)
    return tokenError(definition, {
      reason: 'refresh_token_invalid',
      problem: 'The refresh token was used before.',
    })
  }
  token.firstUsedAt ??= now
  token.lastUsedAt = now
  if (life.refreshKillsAccessToken) revokeAccessTokensOf(state, family, now)
  const scopes = asked.length > 0 ? normalizedScopes(definition, asked) : family.scopes
  return answerWithTokens(exchange, {
    answers: 'refresh',
    family,
    refreshToken:
      verdict.next === 'new'
        ? issueRefreshToken(state, runtime, family, now).token
        : verdict.next === 'same'
          ? token.token
          : undefined,
    requestedScopes: scopes,
    grantedScopes: narrowed(exchange, scopes),
    lifetimeSeconds: accessTokenLifetime(definition, 'with_refresh_token'),
    nonce: undefined,
  })
}

function refreshProblem(
  { definition, provider, now }: Exchange,
  client: EmulatorClient,
  token: StoredRefreshToken | undefined,
  family: TokenFamily | undefined,
): string | undefined {
  if (
    token === undefined ||
    family === undefined ||
    family.provider !== provider.id ||
    family.clientId !== client.clientId
  ) {
    return 'The refresh token is not known.'
  }
  if (token.revokedAt !== undefined || family.endedAt !== undefined) {
    return 'The refresh token was revoked.'
  }
  const life = definition.refreshToken
  const history = { ...token, behind: family.issuedCount - token.sequence }
  return life.issued !== 'never' && hasRefreshTokenExpired(life, history, now)
    ? 'The refresh token has expired.'
    : undefined
}
