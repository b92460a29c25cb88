import { CONNECTION_NAME } from '../../domain/connection.ts'
import { accept, refuse, type Result } from '../../domain/result.ts'
import type { TokenSemantics } from '../../domain/decide-api-token.ts'
import type { ExchangeToken } from '../../use-cases/exchange-token.ts'
import type { IssueApiToken } from '../../use-cases/issue-api-token.ts'
import type { IssueMyAccountToken } from '../../use-cases/issue-my-account-token.ts'
import type { Parameters } from '../read-parameters.ts'
import type { GrantRefusal } from '../to-response.ts'
import {
  EXCHANGE_PARAMETERS,
  readExchangeParameters,
  toExchangeAnswer,
} from './exchange-parameters.ts'
import type { Grant } from './grant.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

export interface TokenExchangeGrantDependencies {
  readonly issuer: string
  readonly exchangeToken: ExchangeToken
  readonly issueMyAccountToken: IssueMyAccountToken
  readonly issueApiToken: IssueApiToken
}

/**
 * Token exchange, RFC 8693: for a connection's provider token, for a token of the connected-accounts API, or for one of
 * the deployment's own APIs.
 */
export function tokenExchangeGrant({
  issuer,
  exchangeToken,
  issueMyAccountToken,
  issueApiToken,
}: TokenExchangeGrantDependencies): Grant {
  return {
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    name: 'token_exchange',
    dialect: 'rfc8693',
    parameters: [...EXCHANGE_PARAMETERS, 'audience', 'resource', 'semantics'],
    handle: async ({ client, parameters, jkt, requestId }) => {
      const asked = readExchangeParameters(parameters, jkt)
      if (!asked.ok) return asked
      if ((parameters.get('requested_token_type') ?? ACCESS_TOKEN) !== ACCESS_TOKEN) {
        return refuse({ reason: 'invalid_parameter', parameter: 'requested_token_type' })
      }
      const target = readTarget(parameters, issuer)
      if (!target.ok) return target
      const semantics = readSemantics(parameters, target.value)
      if (!semantics.ok) return semantics

      const request = { client, ...asked.value, semantics: semantics.value, requestId }
      switch (target.value.kind) {
        case 'connection': {
          const exchanged = await exchangeToken({ ...request, connection: target.value.name })
          return exchanged.ok ? accept(toExchangeAnswer(exchanged.value, ACCESS_TOKEN)) : exchanged
        }
        case 'my_account': {
          const issued = await issueMyAccountToken(request)
          return issued.ok ? accept(toOwnTokenAnswer(issued.value, jkt)) : issued
        }
        case 'api': {
          const issued = await issueApiToken({ ...request, identifier: target.value.identifier })
          return issued.ok ? accept(toOwnTokenAnswer(issued.value, jkt)) : issued
        }
      }
    },
  }
}

/** The answer for a token of the vault's own, which is bound to the key that the request proved to hold. */
function toOwnTokenAnswer(
  {
    accessToken,
    expiresInSeconds,
    scopes,
  }: {
    readonly accessToken: string
    readonly expiresInSeconds: number
    readonly scopes: readonly string[]
  },
  jkt: string | undefined,
): Readonly<Record<string, unknown>> {
  return {
    access_token: accessToken,
    issued_token_type: ACCESS_TOKEN,
    token_type: jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: expiresInSeconds,
    scope: scopes.join(' '),
  }
}

type Target =
  | { readonly kind: 'my_account' }
  /** The name as sent, which may be no connection's. */
  | { readonly kind: 'connection'; readonly name: string }
  /** The identifier as sent, which may be no API's. */
  | { readonly kind: 'api'; readonly identifier: string }

/** What the token is for: `audience` and `resource` may both be sent, and more than once, if they mean one target (RV-43). */
function readTarget(parameters: Parameters, issuer: string): Result<Target, GrantRefusal> {
  const resources = parameters.getAll('resource')
  if (!resources.every(isAbsoluteUri)) return refuse({ reason: 'invalid_resource' })
  const names = [...parameters.getAll('audience'), ...resources].map((value) =>
    toTargetName(value, issuer),
  )
  const [name, ...others] = new Set(names)
  if (name === undefined) return refuse({ reason: 'missing_parameter', parameter: 'audience' })
  if (others.length > 0) return refuse({ reason: 'several_targets' })
  if (name === `${issuer}me/`) return accept({ kind: 'my_account' })
  if (CONNECTION_NAME.test(name)) return accept({ kind: 'connection', name })
  // A connection is named by one word, an API by an absolute URI. Nothing else is a name: no look-up for it.
  return isAbsoluteUri(name)
    ? accept({ kind: 'api', identifier: name })
    : refuse({ reason: 'unknown_target' })
}

/**
 * `semantics=impersonation` asks for a token without `act` (an extension; RFC 8693 section 1.1 has the words). Only
 * tokens for APIs can have `act` at all, and one that names an actor and does not show it makes no sense.
 */
function readSemantics(
  parameters: Parameters,
  target: Target,
): Result<TokenSemantics, GrantRefusal> {
  const semantics = parameters.get('semantics') ?? 'delegation'
  if (semantics === 'delegation') return accept(semantics)
  return semantics === 'impersonation' &&
    target.kind === 'api' &&
    parameters.get('actor_token') === undefined
    ? accept(semantics)
    : refuse({ reason: 'invalid_parameter', parameter: 'semantics' })
}

/** `{issuer}connections/{name}` is another way to write a connection's name. */
function toTargetName(value: string, issuer: string): string {
  const prefix = `${issuer}connections/`
  return value.startsWith(prefix) ? value.slice(prefix.length) : value
}

/** RFC 8707 section 2. */
function isAbsoluteUri(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(value) && URL.canParse(value) && !value.includes('#')
}
