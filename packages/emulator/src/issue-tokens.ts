import { providerOf, userOf, type Emulation } from './emulation.ts'
import { normalizedScopes } from './scope-coverage.ts'
import { beginFamily, issueAccessToken, issueRefreshToken } from './state.ts'

/** For whom and for what tokens are issued without a flow. */
export interface IssueTokensOptions {
  readonly provider: string
  /** Default: the first user. */
  readonly user?: string | undefined
  /** Default: none. */
  readonly scopes?: readonly string[] | undefined
  /** Default: the client that the provider has from the start. */
  readonly clientId?: string | undefined
  /** Default: as the provider does; negative: expired already. */
  readonly lifetimeSeconds?: number | undefined
}

/** Tokens of one consent. */
export interface IssuedGrant {
  readonly accessToken: string
  /** Absent where the provider has none. */
  readonly refreshToken: string | undefined
  /** Virtual time, seconds since the epoch. Absent: it does not expire. */
  readonly expiresAt: number | undefined
}

/**
 * Tokens as if a user had consented, for tests that begin there.
 *
 * @throws {TypeError} when there is no such provider, user or client
 */
export function issueTokens(emulation: Emulation, options: IssueTokensOptions): IssuedGrant {
  const provider = providerOf(emulation, options.provider)
  const user = options.user ?? emulation.users[0]?.id ?? ''
  const clientId = options.clientId ?? [...provider.clients.keys()][0] ?? ''
  if (!provider.clients.has(clientId)) {
    throw new TypeError(`${provider.id} has no client ${JSON.stringify(clientId)}`)
  }
  const definition = provider.served()
  const { accessToken: facts, refreshToken: life } = definition
  const now = emulation.clock.now()
  const family = beginFamily(emulation.state, emulation.runtime, {
    provider: provider.id,
    clientId,
    user: userOf(emulation, user).id,
    scopes: normalizedScopes(definition, options.scopes ?? []),
  })
  const hasRefreshToken =
    life.issued !== 'never' &&
    !(life.issued === 'conditional' && life.condition === 'client_setting')
  const expires = facts.expiry === 'always' || (facts.expiry === 'when_rotating' && hasRefreshToken)
  const accessToken = issueAccessToken(emulation.state, emulation.runtime, {
    family,
    scopes: family.scopes,
    now,
    lifetimeSeconds: options.lifetimeSeconds ?? (expires ? facts.lifetimeSeconds : undefined),
  })
  const refreshToken = hasRefreshToken
    ? issueRefreshToken(emulation.state, emulation.runtime, family, now).token
    : undefined
  emulation.save()
  return { accessToken: accessToken.token, refreshToken, expiresAt: accessToken.expiresAt }
}
