import { CONNECTION_NAME } from '../../domain/connection.ts'
import { accept, refuse } from '../../domain/result.ts'
import type { ExchangeToken } from '../../use-cases/exchange-token.ts'
import {
  EXCHANGE_PARAMETERS,
  readExchangeParameters,
  toExchangeAnswer,
} from './exchange-parameters.ts'
import type { Grant } from './grant.ts'

/** `http`, not `https`: they are names, and that is how their clients write them. */
const USUAL_TOKEN_TYPE = 'http://auth0.com/oauth/token-type/federated-connection-access-token'
const TOKEN_TYPES: readonly string[] = [
  USUAL_TOKEN_TYPE,
  // Of clients that sign for the user themselves (R2).
  'http://auth0.com/oauth/token-type/token-vault-access-token',
]

export interface Auth0TokenExchangeGrantDependencies {
  readonly exchangeToken: ExchangeToken
}

/** The same exchange in the words of Auth0's published clients, so that they run unmodified. */
export function auth0TokenExchangeGrant({
  exchangeToken,
}: Auth0TokenExchangeGrantDependencies): Grant {
  return {
    grantType: 'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
    name: 'auth0_token_exchange',
    dialect: 'auth0',
    parameters: [...EXCHANGE_PARAMETERS, 'connection'],
    handle: async ({ client, parameters, jkt, requestId }) => {
      const asked = readExchangeParameters(parameters, jkt)
      if (!asked.ok) return asked
      const tokenType = parameters.get('requested_token_type') ?? USUAL_TOKEN_TYPE
      if (!TOKEN_TYPES.includes(tokenType)) {
        return refuse({ reason: 'invalid_parameter', parameter: 'requested_token_type' })
      }
      const connection = parameters.get('connection')
      if (connection === undefined) {
        return refuse({ reason: 'missing_parameter', parameter: 'connection' })
      }
      if (!CONNECTION_NAME.test(connection)) return refuse({ reason: 'unknown_target' })

      const exchanged = await exchangeToken({ client, ...asked.value, connection, requestId })
      return exchanged.ok ? accept(toExchangeAnswer(exchanged.value, tokenType)) : exchanged
    },
  }
}
