import { createHash } from 'node:crypto'

import { userOf, type EmulatorClient } from '../emulation.ts'
import type { Exchange } from '../provider-endpoint.ts'
import type { Reply } from '../reply.ts'
import { normalizedScopes } from '../scope-coverage.ts'
import {
  beginFamily,
  endFamily,
  issueRefreshToken,
  liveFamilies,
  type StoredCode,
} from '../state.ts'
import { tokenError } from '../token-error.ts'
import { accessTokenLifetime, answerWithTokens, narrowed } from './answer-with-tokens.ts'

/** RFC 6749 section 4.1.3. */
export async function redeemCode(exchange: Exchange, client: EmulatorClient): Promise<Reply> {
  const { emulation, definition, provider, incoming, entry, now } = exchange
  const { state, runtime } = emulation
  const code = state.codes.get(incoming.parameters['code'] ?? '')
  const problem = codeProblem(exchange, client, code)
  if (code === undefined || problem !== undefined) {
    return tokenError(definition, {
      reason: 'code_invalid',
      problem: problem ?? 'The code is not known.',
    })
  }
  const user = userOf(emulation, code.user)
  const granted = narrowed(exchange, code.scopes)
  const scopes = normalizedScopes(definition, granted)
  const isFirst =
    liveFamilies(state, { provider: provider.id, clientId: client.clientId, user: user.id })
      .length === 0
  const family = beginFamily(state, runtime, {
    provider: provider.id,
    clientId: client.clientId,
    user: user.id,
    scopes,
  })
  code.family = family.id
  entry.note({ user: user.id })
  const refreshToken = issuesRefreshToken(exchange, code, granted, isFirst)
    ? issueRefreshToken(state, runtime, family, now).token
    : undefined
  return answerWithTokens(exchange, {
    answers: 'code',
    family,
    refreshToken,
    requestedScopes: code.request.scopes,
    grantedScopes: scopes,
    lifetimeSeconds: accessTokenLifetime(
      definition,
      refreshToken === undefined ? 'alone' : 'with_refresh_token',
    ),
    nonce: code.request.nonce,
  })
}

function codeProblem(
  { emulation, definition, provider, incoming, now }: Exchange,
  client: EmulatorClient,
  code: StoredCode | undefined,
): string | undefined {
  if (
    code === undefined ||
    code.request.provider !== provider.id ||
    code.request.clientId !== client.clientId
  ) {
    return 'The code is not known.'
  }
  if (code.family !== undefined) {
    // RFC 6749 section 4.1.2: tokens of a code that is used twice should be revoked.
    const family = emulation.state.families.get(code.family)
    if (family !== undefined) endFamily(family, now)
    return 'The code was used before.'
  }
  if (now >= code.issuedAt + (provider.behaviour().codeLifetimeSeconds ?? 600)) {
    return 'The code has expired.'
  }
  if (incoming.parameters['redirect_uri'] !== code.request.redirectUri) {
    return 'The redirect_uri differs from that of the authorization request.'
  }
  if (definition.pkce === 'unsupported') return undefined
  return pkceProblem(code.request.codeChallenge, incoming.parameters['code_verifier'])
}

/** RFC 7636 section 4.6, and RFC 9700 section 2.1.1 against downgrade. */
function pkceProblem(
  challenge: string | undefined,
  verifier: string | undefined,
): string | undefined {
  if (challenge === undefined) {
    return verifier === undefined ? undefined : 'A code_verifier without a code_challenge.'
  }
  if (verifier === undefined) return 'The code_verifier is missing.'
  const hash = createHash('sha256').update(verifier).digest('base64url')
  return /^[A-Za-z0-9._~-]{43,128}$/.test(verifier) && hash === challenge
    ? undefined
    : 'The code_verifier does not match the code_challenge.'
}

function issuesRefreshToken(
  { definition: { refreshToken, scopesForRefresh = [] } }: Exchange,
  code: StoredCode,
  scopes: readonly string[],
  isFirstConsent: boolean,
): boolean {
  if (refreshToken.issued === 'never') return false
  if (refreshToken.issued === 'default') return true
  switch (refreshToken.condition) {
    case 'offline_consent':
      return (
        code.request.accessType === 'offline' &&
        (isFirstConsent || (code.request.prompt ?? '').split(' ').includes('consent'))
      )
    case 'client_setting':
      return false
    case 'scope':
      return scopesForRefresh.some((scope) => scopes.includes(scope))
  }
}
