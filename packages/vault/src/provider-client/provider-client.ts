import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  refreshTokenGrant,
} from 'openid-client'

import type { Connection } from '../domain/connection.ts'
import type { ProviderAccount, ProviderFailure } from '../domain/provider-tokens.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { OutboundFetch } from '../ports/outbound-fetch.ts'
import type { ProviderClient } from '../ports/provider-client.ts'
import type { Runtime } from '../ports/runtime.ts'
import { askUserinfo } from './ask-userinfo.ts'
import { authorizationParameters } from './authorization-parameters.ts'
import { admit, CLOSED, settle, type Breaker, type BreakerOutcome } from './breaker.ts'
import { oauthConfiguration } from './oauth-configuration.ts'
import type { JsonObject } from './parse-json-object.ts'
import type { ProviderConnection, ProviderConnections } from './provider-connection.ts'
import { createProviderKeys, type ProviderKeys } from './provider-keys.ts'
import { providerTokensOf } from './provider-tokens-of.ts'
import { readAccount } from './read-account.ts'
import { readCallback } from './read-callback.ts'
import { revokeToken } from './revoke-token.ts'
import { callTokenEndpoint, type TokenAnswer } from './token-endpoint.ts'
import { verifyIdToken } from './verify-id-token.ts'

export interface ProviderClientOptions {
  /** By connection name. */
  readonly connections: ProviderConnections
  readonly outboundFetch: OutboundFetch
  readonly runtime: Runtime
}

/**
 * The vault as OAuth client of every provider of the catalog: one engine, which reads each provider's ways off its
 * definition. Asking for a connection that is not configured is a bug, and throws.
 */
export function createProviderClient({
  connections,
  outboundFetch,
  runtime,
}: ProviderClientOptions): ProviderClient {
  const keys = createProviderKeys({ outboundFetch, runtime })
  const breakers = new Map<string, Breaker>()
  const breakerOf = (name: string): Breaker => breakers.get(name) ?? CLOSED
  const settleBreaker = (name: string, outcome: BreakerOutcome): void => {
    breakers.set(name, settle(breakerOf(name), outcome, runtime.now()))
  }
  const find = async ({ name }: Connection): Promise<ProviderConnection> => {
    const connection = await connections.get(name)
    if (connection === undefined) {
      throw new Error(`The provider client was given no connection ${JSON.stringify(name)}`)
    }
    return connection
  }

  return {
    waitSeconds: ({ name }) => {
      const breaker = breakerOf(name)
      return breaker.status === 'closed' ? 0 : Math.max(0, breaker.until - runtime.now())
    },

    authorizationUrl: async ({ codeVerifier, ...request }) => {
      const connection = await find(request.connection)
      const codeChallenge = await calculatePKCECodeChallenge(codeVerifier)
      const parameters = authorizationParameters({
        ...request,
        codeChallenge,
        definition: connection.definition,
      })
      return buildAuthorizationUrl(oauthConfiguration(connection, neverFetch), parameters)
    },

    redeemCode: async (request) => {
      const connection = await find(request.connection)
      const { definition } = connection
      const code = readCallback({
        definition,
        parameters: request.callbackParameters,
        expectedState: request.expectedState,
      })
      if (!code.ok) return code
      const issuedAt = runtime.now()
      const answer = await callTokenEndpoint(
        { connection, outboundFetch, now: issuedAt },
        (configuration) =>
          authorizationCodeGrant(
            configuration,
            callbackUrl(request.redirectUri, code.value, request.expectedState),
            {
              expectedState: request.expectedState,
              ...(definition.pkce === 'S256' && { pkceCodeVerifier: request.codeVerifier }),
            },
          ),
      )
      if (!answer.ok) return answer
      settleBreaker(request.connection.name, { kind: 'answered' })
      const account = await identify({
        connection,
        answer: answer.value,
        nonce: request.nonce,
        keys,
        outboundFetch,
        now: runtime.now(),
      })
      if (!account.ok) return account
      return accept({
        tokens: providerTokensOf(definition, answer.value.tokens, { issuedAt, answers: 'code' }),
        account: account.value,
      })
    },

    refresh: async (request) => {
      const { accountId } = request
      const { name } = request.connection
      const connection = await find(request.connection)
      const issuedAt = runtime.now()
      const admission = admit(breakerOf(name), accountId, issuedAt)
      if (!admission.admitted) return refuse(breakerOpen(admission.waitSeconds))
      breakers.set(name, admission.next)

      const answer = await callTokenEndpoint(
        { connection, outboundFetch, now: issuedAt, mayStillSend: request.mayStillSend },
        // Without `scope`: as granted (RFC 6749 section 6).
        (configuration) => refreshTokenGrant(configuration, request.refreshToken),
      )
      settleBreaker(name, answer.ok ? { kind: 'answered' } : outcomeOf(answer.refusal, accountId))
      if (!answer.ok) return answer
      return accept(
        providerTokensOf(connection.definition, answer.value.tokens, {
          issuedAt,
          answers: 'refresh',
        }),
      )
    },

    revoke: async (request) =>
      await revokeToken({
        connection: await find(request.connection),
        outboundFetch,
        token: request.token,
        tokenTypeHint: request.tokenTypeHint,
        now: runtime.now(),
      }),

    probe: async ({ connection, accessToken }) => {
      const { definition } = await find(connection)
      if (definition.identity.source !== 'userinfo') return accept('unsupported')
      const { endpoint } = definition.identity
      const answer = await askUserinfo({
        definition,
        endpoint,
        accessToken,
        outboundFetch,
        now: runtime.now(),
      })
      return answer.ok ? accept(answer.value.status) : answer
    },
  }
}

/**
 * openid-client is shown what was checked, and nothing else of what the browser brought. It takes the redirect URI from
 * the URL.
 */
function callbackUrl(redirectUri: string, code: string, state: string): URL {
  const url = new URL(redirectUri)
  url.search = new URLSearchParams({ code, state }).toString()
  return url
}

function neverFetch(): Promise<Response> {
  return Promise.reject(new TypeError('Building an authorization URL makes no request'))
}

function breakerOpen(retryAfterSeconds: number): ProviderFailure {
  return { kind: 'transient', code: 'breaker_open', mayHaveBeenSpent: false, retryAfterSeconds }
}

/** A refused grant was refused to a client that was let in. */
function outcomeOf({ kind }: ProviderFailure, accountId: string): BreakerOutcome {
  switch (kind) {
    case 'operator':
      return { kind: 'refused', accountId }
    case 'permanent':
      return { kind: 'answered' }
    case 'transient':
      return { kind: 'unknown' }
  }
}

/** Whose tokens these are. A valid ID token is asked for wherever the provider has an issuer (RV-62). */
async function identify({
  connection: { definition, clientId },
  answer: { tokens, members },
  nonce,
  keys,
  outboundFetch,
  now,
}: {
  readonly connection: ProviderConnection
  readonly answer: TokenAnswer
  readonly nonce: string
  readonly keys: ProviderKeys
  readonly outboundFetch: OutboundFetch
  readonly now: number
}): Promise<Result<ProviderAccount, ProviderFailure>> {
  const { accessToken, idToken } = tokens
  const { identity } = definition
  let source: JsonObject = members
  if (definition.issuer !== undefined && idToken !== undefined) {
    const claims = await verifyIdToken({
      idToken,
      definition,
      clientId,
      nonce,
      accessToken,
      keys,
      now,
    })
    if (!claims.ok) return refuse(IDENTITY_FAILURES[claims.refusal])
    if (identity.source === 'id_token') source = claims.value
  } else if (identity.source === 'id_token') {
    return refuse(IDENTITY_FAILURES.id_token_missing)
  }
  if (identity.source === 'userinfo') {
    const { endpoint } = identity
    const userinfo = await askUserinfo({ definition, endpoint, accessToken, outboundFetch, now })
    if (!userinfo.ok || userinfo.value.status === 'refused') {
      return refuse(IDENTITY_FAILURES.identity_unavailable)
    }
    source = userinfo.value.members
  }
  const account = readAccount(definition, source)
  return account === undefined ? refuse(IDENTITY_FAILURES.identity_missing) : accept(account)
}

/** The code is spent by now; the user has to start again, which only helps where the cause is passing. */
const IDENTITY_FAILURES = {
  id_token_missing: identityFailure('permanent', 'id_token_missing'),
  id_token_invalid: identityFailure('permanent', 'id_token_invalid'),
  identity_missing: identityFailure('permanent', 'identity_missing'),
  id_token_keys_unavailable: identityFailure('transient', 'id_token_keys_unavailable'),
  identity_unavailable: identityFailure('transient', 'identity_unavailable'),
} as const

function identityFailure(kind: ProviderFailure['kind'], code: string): ProviderFailure {
  return { kind, code, mayHaveBeenSpent: true }
}
