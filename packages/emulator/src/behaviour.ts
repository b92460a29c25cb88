import type {
  ProviderDefinition,
  RefreshTokenFacts,
  RefreshTokenRotation,
} from '@valetkey/providers'

/** How a provider of the emulator behaves other than its definition says. */
export interface ProviderBehaviour {
  /** `none`: no refresh tokens. A mode: refresh tokens are issued, and rotate so. Default: the definition's. */
  readonly rotation?: RefreshTokenRotation | 'none' | undefined
  /** Default: the definition's. Where that states none, access tokens do not expire. */
  readonly accessTokenLifetimeSeconds?: number | undefined
  readonly refreshTokenAbsoluteLifetimeSeconds?: number | undefined
  readonly refreshTokenIdleLifetimeSeconds?: number | undefined
  /** For providers that issue refresh tokens only to clients registered so (Slack's token rotation). Default: `off`. */
  readonly clientSetting?: 'on' | 'off' | undefined
  /** Whether an authorization request without `code_challenge` is refused, where the provider has PKCE. Default: `optional`. */
  readonly pkce?: 'required' | 'optional' | undefined
  /** Default: 600. */
  readonly codeLifetimeSeconds?: number | undefined
}

/** The definition as the emulator behaves: what a vault that connects to it has to know. */
export function withBehaviour(
  definition: ProviderDefinition,
  behaviour: ProviderBehaviour,
): ProviderDefinition {
  const refreshToken = refreshTokenFacts(definition, behaviour)
  return {
    ...definition,
    refreshToken,
    accessToken: accessTokenFacts(definition, behaviour, refreshToken),
  }
}

function refreshTokenFacts(
  { refreshToken: facts }: ProviderDefinition,
  behaviour: ProviderBehaviour,
): RefreshTokenFacts {
  const { rotation } = behaviour
  if (rotation === 'none') return { issued: 'never' }
  if (facts.issued === 'never') {
    return rotation === undefined
      ? facts
      : { issued: 'default', ...rotation, ...lifetimes(behaviour) }
  }
  const life = {
    ...lifetimes(facts),
    ...lifetimes(behaviour),
    ...(facts.refreshKillsAccessToken && { refreshKillsAccessToken: true as const }),
  }
  if (rotation !== undefined) return { issued: 'default', ...rotation, ...life }
  const isSwitchedOn =
    behaviour.clientSetting === 'on' &&
    facts.issued === 'conditional' &&
    facts.condition === 'client_setting'
  return isSwitchedOn ? { issued: 'default', ...rotationOf(facts), ...life } : { ...facts, ...life }
}

interface Lifetimes {
  readonly absoluteLifetimeSeconds?: number | undefined
  readonly idleLifetimeSeconds?: number | undefined
  readonly refreshTokenAbsoluteLifetimeSeconds?: number | undefined
  readonly refreshTokenIdleLifetimeSeconds?: number | undefined
}

/** Only those that are known, so that one set does not erase another. */
function lifetimes({
  absoluteLifetimeSeconds,
  idleLifetimeSeconds,
  refreshTokenAbsoluteLifetimeSeconds = absoluteLifetimeSeconds,
  refreshTokenIdleLifetimeSeconds = idleLifetimeSeconds,
}: Lifetimes): { absoluteLifetimeSeconds?: number; idleLifetimeSeconds?: number } {
  return {
    ...(refreshTokenAbsoluteLifetimeSeconds !== undefined && {
      absoluteLifetimeSeconds: refreshTokenAbsoluteLifetimeSeconds,
    }),
    ...(refreshTokenIdleLifetimeSeconds !== undefined && {
      idleLifetimeSeconds: refreshTokenIdleLifetimeSeconds,
    }),
  }
}

function rotationOf(facts: RefreshTokenRotation): RefreshTokenRotation {
  return facts.rotation === 'grace'
    ? { rotation: 'grace', graceSeconds: facts.graceSeconds }
    : { rotation: facts.rotation }
}

function accessTokenFacts(
  { accessToken }: ProviderDefinition,
  behaviour: ProviderBehaviour,
  refreshToken: RefreshTokenFacts,
): ProviderDefinition['accessToken'] {
  if (behaviour.accessTokenLifetimeSeconds !== undefined) {
    return { expiry: 'always', lifetimeSeconds: behaviour.accessTokenLifetimeSeconds }
  }
  // Refresh tokens were switched on where there are none by nature: they need something to refresh.
  if (accessToken.expiry === 'never' && refreshToken.issued !== 'never') {
    return { expiry: 'always', lifetimeSeconds: 3_600 }
  }
  return accessToken
}
