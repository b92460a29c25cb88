import type { Configuration, CustomFetchOptions } from 'openid-client'

import type { ProviderFailure } from '../domain/provider-tokens.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { OutboundFetch, OutboundRequest } from '../ports/outbound-fetch.ts'
import { failureOfOutbound, INVALID_ANSWER } from './failure-classes.ts'
import { fromOpenIdClient } from './from-openid-client.ts'
import { oauthConfiguration } from './oauth-configuration.ts'
import type { JsonObject } from './parse-json-object.ts'
import { ProviderFailureError } from './provider-failure-error.ts'
import type { ProviderConnection } from './provider-connection.ts'
import { toStandardResponse, type StandardResponse } from './standard-response.ts'
import type { TokenMembers } from './token-members.ts'

/** Every honest answer of a token endpoint fits many times over. */
const MAX_BYTES = 256 * 1024

export interface TokenEndpointOptions {
  readonly connection: ProviderConnection
  readonly outboundFetch: OutboundFetch
  /** See {@link OutboundRequest.mayStillSend}. */
  readonly mayStillSend?: (() => boolean) | undefined
  /** NumericDate seconds. */
  readonly now: number
}

/**
 * One grant of openid-client at a provider's token endpoint. The request leaves through the guarded fetch in the
 * encoding and with the headers that the provider wants; openid-client sees the answer as RFC 6749 has it, and decides
 * whether it is one. Never throws for anything a provider does.
 */
export async function callTokenEndpoint(
  { connection, outboundFetch, mayStillSend, now }: TokenEndpointOptions,
  grant: (configuration: Configuration) => Promise<unknown>,
): Promise<Result<TokenAnswer, ProviderFailure>> {
  let answer: StandardResponse | undefined
  const configuration = oauthConfiguration(connection, async (url, options) => {
    const received = await outboundFetch({
      ...toOutboundRequest(connection, url, options),
      maxBytes: MAX_BYTES,
      mayStillSend,
    })
    if (!received.ok) throw new ProviderFailureError(failureOfOutbound(received))
    answer = toStandardResponse(connection.definition, received)
    return answer.response
  })
  try {
    await grant(configuration)
  } catch (error) {
    return refuse(fromOpenIdClient(error, now))
  }
  return answer?.tokens === undefined
    ? refuse(INVALID_ANSWER)
    : accept({ tokens: answer.tokens, members: answer.members })
}

/** A successful answer of a token endpoint. */
export interface TokenAnswer {
  readonly tokens: TokenMembers
  /** Everything that was in it, untrusted: identity may be there. */
  readonly members: JsonObject
}

function toOutboundRequest(
  { definition }: ProviderConnection,
  url: string,
  { body, headers }: CustomFetchOptions,
): OutboundRequest {
  if (!(body instanceof URLSearchParams)) throw new TypeError('openid-client sent no form')
  const { 'user-agent': _, ...rest } = headers
  const isJson = definition.tokenRequestBody === 'json'
  return {
    url,
    method: 'POST',
    headers: {
      ...rest,
      ...(isJson && { 'content-type': 'application/json' }),
      ...definition.requestHeaders,
    },
    body: isJson ? JSON.stringify(Object.fromEntries(body)) : body.toString(),
  }
}
