import { CONNECTION_NAME } from '../../domain/connection.ts'
import { accept, refuse, type Result } from '../../domain/result.ts'
import type { ExchangeToken } from '../../use-cases/exchange-token.ts'
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
}

/** Token exchange, RFC 8693: for a connection's provider token, or for a token of the connected-accounts API. */
export function tokenExchangeGrant({
  issuer,
  exchangeToken,
  issueMyAccountToken,
}: TokenExchangeGrantDependencies): Grant {
  return {
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    name: 'token_exchange',
    dialect: 'rfc8693',
    parameters: [...EXCHANGE_PARAMETERS, 'audience', 'resource'],
    handle: async ({ client, parameters, requestId }) => {
      const asked = readExchangeParameters(parameters)
      if (!asked.ok) return asked
      if ((parameters.get('requested_token_type') ?? ACCESS_TOKEN) !== ACCESS_TOKEN) {
        return refuse({ reason: 'invalid_parameter', parameter: 'requested_token_type' })
      }
      const target = readTarget(parameters, issuer)
      if (!target.ok) return target

      if (target.value.kind === 'my_account') {
        const { subject, actor, scopes } = asked.value
        const issued = await issueMyAccountToken({ client, subject, actor, scopes, requestId })
        if (!issued.ok) return issued
        return accept({
          access_token: issued.value.accessToken,
          issued_token_type: ACCESS_TOKEN,
          token_type: 'Bearer',
          expires_in: issued.value.expiresInSeconds,
          scope: issued.value.scopes.join(' '),
        })
      }
      const { name } = target.value
      const exchanged = await exchangeToken({ client, ...asked.value, connection: name, requestId })
      return exchanged.ok ? accept(toExchangeAnswer(exchanged.value, ACCESS_TOKEN)) : exchanged
    },
  }
}

type Target =
  | { readonly kind: 'my_account' }
  /** The name as sent, which may be no connection's. */
  | { readonly kind: 'connection'; readonly name: string }

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
  // Nothing else is a name: no look-up for it.
  return CONNECTION_NAME.test(name)
    ? accept({ kind: 'connection', name })
    : refuse({ reason: 'unknown_target' })
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
