import { createHash } from 'node:crypto'
import { authenticateClient } from '../client-authentication.ts'
import { userOf, type EmulatedProvider, type Emulation, type EmulatorClient } from '../emulation.ts'
import { issueIdToken } from '../jwt.ts'
import { providerEndpoint, type Exchange } from '../provider-endpoint.ts'
import type { Reply } from '../reply.ts'
import { hasRefreshTokenExpired, judgeRotation } from '../rotation.ts'
import { coveredScopes, normalizedScopes } from '../scope-coverage.ts'
import {
  beginFamily,
  endFamily,
  issueAccessToken,
  issueRefreshToken,
  liveFamilies,
  revokeAccessTokensOf,
  type StoredCode,
  type StoredRefreshToken,
  type TokenFamily,
} from '../state.ts'
import { tokenError, type TokenRefusal } from '../token-error.ts'
import { tokenResponse } from '../token-response.ts'

/** `POST` token endpoint, RFC 6749 sections 4.1.3 and 6. */
export function tokenRoute(
  emulation: Emulation,
  provider: EmulatedProvider,
): (request: Request) => Promise<Response> {
  return providerEndpoint(emulation, provider, {
    route: 'token',
    faultPoints: ({ parameters }) =>
      parameters['grant_type'] === 'refresh_token' ? ['refresh', 'token'] : ['token'],
    handle: async (exchange) => {
      const { definition, incoming } = exchange
      const malformed = requestProblem(exchange)
      if (malformed !== undefined)
        return refuse(exchange, { reason: 'malformed', problem: malformed })
      const authenticated = authenticateClient(provider, definition.clientAuthentication, incoming)
      if (!authenticated.ok) return refuse(exchange, authenticated.refusal)

      const grant = GRANTS[incoming.parameters['grant_type'] ?? defaultGrant(exchange)]
      if (grant === undefined) return refuse(exchange, { reason: 'grant_type_unknown' })
      return grant(exchange, authenticated.client)
    },
  })
}

type Grant = (exchange: Exchange, client: EmulatorClient) => Promise<Reply>

const GRANTS: Readonly<Record<string, Grant | undefined>> = {
  authorization_code: redeemCode,
  refresh_token: refresh,
}

/** GitHub and Slack take a code without `grant_type`. */
function defaultGrant({ definition }: Exchange): string {
  return definition.tokenResponse.errors === 'status' ? '' : 'authorization_code'
}

function requestProblem({ definition, incoming }: Exchange): string | undefined {
  if (incoming.bodyKind !== definition.tokenRequestBody) {
    return `The body must be ${definition.tokenRequestBody === 'json' ? 'JSON' : 'form-encoded'}.`
  }
  const missing = Object.keys(definition.requestHeaders ?? {}).find(
    (name) => !incoming.headers.has(name),
  )
  return missing === undefined ? undefined : `The header ${missing} is missing.`
}

async function redeemCode(exchange: Exchange, client: EmulatorClient): Promise<Reply> {
  const { emulation, definition, provider, incoming, entry, now } = exchange
  const { state, runtime } = emulation
  const code = state.codes.get(incoming.parameters['code'] ?? '')
  const problem = codeProblem(exchange, client, code)
  if (code === undefined || problem !== undefined) {
    return refuse(exchange, {
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
  return answer(exchange, {
    answers: 'code',
    family,
    refreshToken,
    requestedScopes: code.request.scopes,
    grantedScopes: scopes,
    lifetimeSeconds: accessTokenLifetime(definition, refreshToken !== undefined),
    nonce: code.request.nonce,
  })
}

async function refresh(exchange: Exchange, client: EmulatorClient): Promise<Reply> {
  const { emulation, definition, incoming, entry, now } = exchange
  const { state, runtime } = emulation
  const token = state.refreshTokens.get(incoming.parameters['refresh_token'] ?? '')
  const family = token && state.families.get(token.family)
  const problem = refreshProblem(exchange, client, token, family)
  if (token === undefined || family === undefined || problem !== undefined) {
    return refuse(exchange, {
      reason: 'refresh_token_invalid',
      problem: problem ?? 'The refresh token is not known.',
    })
  }
  const life = definition.refreshToken
  if (life.issued === 'never') {
    return refuse(exchange, {
      reason: 'refresh_token_invalid',
      problem: 'This provider has no refresh tokens.',
    })
  }
  const asked = (incoming.parameters['scope'] ?? '').split(/[ ,]/).filter((scope) => scope !== '')
  const covered = coveredScopes(definition, family.scopes)
  if (asked.some((scope) => !covered.has(scope))) {
    return refuse(exchange, { reason: 'scope_exceeds_grant' })
  }

  entry.note({ user: family.user })
  const history = { ...token, behind: family.issuedCount - token.sequence }
  const verdict = judgeRotation(life, history, now)
  if (!verdict.accepted) {
    if (verdict.familyEnds) endFamily(family, now)
    return refuse(exchange, {
      reason: 'refresh_token_invalid',
      problem: 'The refresh token was used before.',
    })
  }
  token.firstUsedAt ??= now
  token.lastUsedAt = now
  if (life.refreshKillsAccessToken) revokeAccessTokensOf(state, family, now)
  const scopes = asked.length > 0 ? normalizedScopes(definition, asked) : family.scopes
  return answer(exchange, {
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
    lifetimeSeconds: accessTokenLifetime(definition, true),
    nonce: undefined,
  })
}

/** What a planned fault leaves of the scopes. */
function narrowed({ definition, fault }: Exchange, scopes: readonly string[]): readonly string[] {
  if (fault?.kind !== 'narrowed_scope') return scopes
  const left = coveredScopes(definition, fault.scopes)
  return scopes.filter((scope) => left.has(scope))
}

async function answer(
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

function accessTokenLifetime(
  { accessToken }: Exchange['definition'],
  comesWithRefreshToken: boolean,
): number | undefined {
  switch (accessToken.expiry) {
    case 'always':
      return accessToken.lifetimeSeconds
    case 'when_rotating':
      return comesWithRefreshToken ? accessToken.lifetimeSeconds : undefined
    case 'never':
    case 'as_stated':
      return undefined
  }
}

function refuse({ definition }: Exchange, refusal: TokenRefusal): Reply {
  return tokenError(definition, refusal)
}
