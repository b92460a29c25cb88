import { accept, refuse, type Result } from '../../domain/result.ts'
import type { TokenSemantics } from '../../domain/decide-api-token.ts'
import type { ExchangeToken } from '../../use-cases/exchange-token.ts'
import type { IssueApiToken } from '../../use-cases/issue-api-token.ts'
import type { IssueMyAccountToken } from '../../use-cases/issue-my-account-token.ts'
import type { Parameters } from '../read-parameters.ts'
import type { GrantRefusal } from '../token-refusal.ts'
import {
  EXCHANGE_PARAMETERS,
  readExchangeParameters,
  toExchangeAnswer,
} from './exchange-parameters.ts'
import type { Grant } from './grant.ts'
import { toOwnTokenAnswer } from './own-token-answer.ts'
import { readTarget, type Target } from './read-target.ts'

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
          return issued.ok
            ? accept({ ...toOwnTokenAnswer(issued.value, jkt), issued_token_type: ACCESS_TOKEN })
            : issued
        }
        case 'api': {
          const issued = await issueApiToken({ ...request, identifier: target.value.identifier })
          return issued.ok
            ? accept({ ...toOwnTokenAnswer(issued.value, jkt), issued_token_type: ACCESS_TOKEN })
            : issued
        }
      }
    },
  }
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
