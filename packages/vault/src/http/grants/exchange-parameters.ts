import { type ForceRefresh, parseForceRefresh } from '../../domain/force-refresh.ts'
import { accept, refuse, type Result } from '../../domain/result.ts'
import { parseScope } from '../../domain/scope.ts'
import type { ExchangedToken } from '../../use-cases/exchange-token.ts'
import type { PresentedToken } from '../../use-cases/verify-parties.ts'
import type { Parameters } from '../read-parameters.ts'
import type { GrantRefusal } from '../token-refusal.ts'

const MAX_HINT_LENGTH = 512
/** As for connecting: no provider has more to ask for. */
const MAX_SCOPES = 100
const MAX_SCOPE_LENGTH = 255

/** What both dialects of the exchange ask for in the same words. */
export interface ExchangeParameters {
  readonly subject: PresentedToken
  readonly actor?: PresentedToken | undefined
  readonly scopes?: readonly string[] | undefined
  readonly loginHint?: string | undefined
  readonly forceRefresh?: ForceRefresh | undefined
  /** `link`: what connecting can mend comes with a link to connect by. */
  readonly connect?: 'link' | undefined
}

/** Their names on the wire. */
export const EXCHANGE_PARAMETERS: readonly string[] = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'scope',
  'login_hint',
  'force_refresh',
  'connect',
]

/** Reads what RFC 8693 section 2.1 defines, and this vault's extensions. Tokens are presented by the holder of `jkt`. */
export function readExchangeParameters(
  parameters: Parameters,
  jkt: string | undefined,
): Result<ExchangeParameters, GrantRefusal> {
  const subject = readToken(parameters, 'subject_token', jkt)
  if (!subject.ok) return subject
  const hasActor = [parameters.get('actor_token'), parameters.get('actor_token_type')].some(
    (value) => value !== undefined,
  )
  const actor = hasActor ? readToken(parameters, 'actor_token', jkt) : undefined
  if (actor?.ok === false) return actor

  const scope = parameters.get('scope')
  const scopes = scope === undefined ? undefined : parseScope(scope)
  if (scope !== undefined && scopes === undefined) return refuse({ reason: 'invalid_scope_syntax' })
  if (
    scopes !== undefined &&
    (scopes.length > MAX_SCOPES || scopes.some(({ length }) => length > MAX_SCOPE_LENGTH))
  ) {
    return refuse({ reason: 'too_many_scopes' })
  }

  const loginHint = parameters.get('login_hint')
  if (loginHint !== undefined && loginHint.length > MAX_HINT_LENGTH) {
    return refuse({ reason: 'invalid_parameter', parameter: 'login_hint' })
  }
  const force = parameters.get('force_refresh')
  const forceRefresh = force === undefined ? undefined : parseForceRefresh(force)
  if (force !== undefined && forceRefresh === undefined) {
    return refuse({ reason: 'invalid_parameter', parameter: 'force_refresh' })
  }
  const connect = parameters.get('connect')
  if (connect !== undefined && connect !== 'link') {
    return refuse({ reason: 'invalid_parameter', parameter: 'connect' })
  }
  return accept({
    subject: subject.value,
    actor: actor?.value,
    scopes,
    loginHint,
    forceRefresh,
    connect,
  })
}

/** The answer for a provider token: RFC 8693 section 2.2.1, and what SDKs want to know about the account. */
export function toExchangeAnswer(
  token: ExchangedToken,
  issuedTokenType: string,
): Readonly<Record<string, unknown>> {
  const { connection } = token
  return {
    access_token: token.accessToken,
    issued_token_type: issuedTokenType,
    token_type: 'Bearer',
    ...(token.expiresInSeconds !== undefined && { expires_in: token.expiresInSeconds }),
    scope: token.scopes.join(' '),
    connection: connection.name,
    account: token.accountId,
    generation: token.generation,
    ...(connection.apiOrigins.length > 0 && { api_origins: connection.apiOrigins }),
    ...(connection.apiErrors !== undefined && { api_errors: connection.apiErrors }),
  }
}

/** A token and its type: neither goes without the other. */
function readToken(
  parameters: Parameters,
  name: 'subject_token' | 'actor_token',
  jkt: string | undefined,
): Result<PresentedToken, GrantRefusal> {
  const token = parameters.get(name)
  if (token === undefined) return refuse({ reason: 'missing_parameter', parameter: name })
  const tokenType = parameters.get(`${name}_type`)
  return tokenType === undefined
    ? refuse({ reason: 'missing_parameter', parameter: `${name}_type` })
    : accept({ token, tokenType, jkt })
}
