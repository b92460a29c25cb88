import type { RefreshTokenRotation } from '@valetkey/providers'
import type { ProviderBehaviour } from './behaviour.ts'
import type { ConsentDecision } from './consent.ts'
import type { RevokedGrant } from './control.ts'
import type { LoginTokenOptions } from './jwt.ts'
import type { LogFilter, LogRoute } from './log.ts'
import type { JsonObject } from './reply.ts'

/* Each function makes a typed value of a control request, or throws a TypeError that names the field. */

/** Of `POST /_emulator/advance`. */
export function parseAdvance({ seconds }: JsonObject): number {
  if (typeof seconds !== 'number') throw new TypeError('"seconds" must be a number')
  return seconds
}

/** A provider's id; whether it exists is asked later. */
export function parseProviderName(value: unknown): string {
  return text('provider', value)
}

/** Of `POST /_emulator/faults/clear` and `/release`. */
export function parseFaultRemoval({ id, provider }: JsonObject): {
  readonly id?: number
  readonly provider?: string
} {
  if (id !== undefined && typeof id !== 'number') throw new TypeError('"id" must be a number')
  return {
    ...(id !== undefined && { id }),
    ...(provider !== undefined && { provider: text('provider', provider) }),
  }
}

/** Of `POST /_emulator/revoke`. */
export function parseRevocation({ provider, user, clientId }: JsonObject): RevokedGrant {
  return {
    provider: text('provider', provider),
    user: text('user', user),
    clientId: optionalText('clientId', clientId),
  }
}

/** Of `POST /_emulator/expire`. */
export function parseExpiry({ provider, user }: JsonObject): {
  readonly provider: string
  readonly user: string | undefined
} {
  return { provider: text('provider', provider), user: optionalText('user', user) }
}

/** Of `POST /_emulator/consent`. */
export function parseConsent({ provider, decision, user, scopes }: JsonObject): {
  readonly provider: string
  readonly decision: ConsentDecision
} {
  const base = { user: optionalText('user', user) }
  const name = text('provider', provider)
  if (decision === 'deny') return { provider: name, decision: { decision, ...base } }
  if (decision !== 'allow') throw new TypeError('"decision" must be "allow" or "deny"')
  if (scopes !== undefined && !isTextList(scopes)) {
    throw new TypeError('"scopes" must be a list of strings')
  }
  return { provider: name, decision: { decision, ...base, scopes } }
}

/** Of `POST /_emulator/behaviour`. */
export function parseBehaviour({ provider, behaviour }: JsonObject): {
  readonly provider: string
  readonly behaviour: ProviderBehaviour
} {
  if (!isObject(behaviour)) throw new TypeError('"behaviour" must be an object')
  const { rotation, clientSetting, pkce, ...rest } = behaviour
  const seconds: Record<string, number> = {}
  for (const [name, value] of Object.entries(rest)) {
    if (!SECONDS.has(name)) throw new TypeError(`"behaviour" has no field ${JSON.stringify(name)}`)
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
      throw new TypeError(`"behaviour.${name}" must be a number of whole seconds`)
    }
    seconds[name] = value
  }
  if (clientSetting !== undefined && clientSetting !== 'on' && clientSetting !== 'off') {
    throw new TypeError('"behaviour.clientSetting" must be "on" or "off"')
  }
  if (pkce !== undefined && pkce !== 'required' && pkce !== 'optional') {
    throw new TypeError('"behaviour.pkce" must be "required" or "optional"')
  }
  return {
    provider: text('provider', provider),
    behaviour: {
      ...seconds,
      ...(rotation !== undefined && { rotation: parseRotation(rotation) }),
      ...(clientSetting !== undefined && { clientSetting }),
      ...(pkce !== undefined && { pkce }),
    },
  }
}

/** Of `GET /_emulator/log`. */
export function parseLogFilter(query: Readonly<Record<string, string>>): LogFilter {
  const { route, after } = query
  if (route !== undefined && !isLogRoute(route)) {
    throw new TypeError(`"route" must be one of ${LOG_ROUTES.join(', ')}`)
  }
  if (after !== undefined && !/^\d{1,15}$/.test(after))
    throw new TypeError('"after" must be a tick')
  return {
    provider: query['provider'],
    route,
    grantType: query['grantType'],
    clientId: query['clientId'],
    user: query['user'],
    token: query['token'],
    after: after === undefined ? undefined : Number(after),
  }
}

/** Of `POST /idp/login-token`. */
export function parseLoginToken({ user, audience, lifetimeSeconds, algorithm }: JsonObject): {
  readonly user: string
  readonly options: LoginTokenOptions
} {
  if (audience !== undefined && typeof audience !== 'string' && !isTextList(audience)) {
    throw new TypeError('"audience" must be a string or a list of strings')
  }
  if (lifetimeSeconds !== undefined && typeof lifetimeSeconds !== 'number') {
    throw new TypeError('"lifetimeSeconds" must be a number')
  }
  if (algorithm !== undefined && algorithm !== 'ES256' && algorithm !== 'RS256') {
    throw new TypeError('"algorithm" must be ES256 or RS256')
  }
  return { user: text('user', user), options: { audience, lifetimeSeconds, algorithm } }
}

const SECONDS: ReadonlySet<string> = new Set([
  'accessTokenLifetimeSeconds',
  'refreshTokenAbsoluteLifetimeSeconds',
  'refreshTokenIdleLifetimeSeconds',
  'codeLifetimeSeconds',
])

const LOG_ROUTES: readonly LogRoute[] = [
  'authorize',
  'consent',
  'token',
  'revoke',
  'userinfo',
  'api',
  'jwks',
  'discovery',
  'login_token',
]

const ROTATIONS = [
  'stable',
  'same_token',
  'strict',
  'single_use',
  'last_two',
  'overlapping',
] as const

function parseRotation(value: unknown): RefreshTokenRotation | 'none' {
  if (value === 'none') return 'none'
  const mode = isObject(value) ? value['rotation'] : value
  const plain = ROTATIONS.find((one) => one === mode)
  if (plain !== undefined) return { rotation: plain }
  const graceSeconds = isObject(value) ? value['graceSeconds'] : undefined
  if (mode === 'grace' && typeof graceSeconds === 'number') {
    return { rotation: 'grace', graceSeconds }
  }
  throw new TypeError(
    `"behaviour.rotation" must be "none", one of ${ROTATIONS.join(', ')}, or { "rotation": "grace", "graceSeconds": 30 }`,
  )
}

function isLogRoute(value: string): value is LogRoute {
  return LOG_ROUTES.some((route) => route === value)
}

function text(field: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`"${field}" must be a string`)
  return value
}

function optionalText(field: string, value: unknown): string | undefined {
  return value === undefined ? undefined : text(field, value)
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
