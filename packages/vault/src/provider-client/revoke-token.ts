import type { ProviderDefinition, ProviderRevocation } from '@valetkey/providers'
import { tokenRevocation } from 'openid-client'

import type { ProviderFailure } from '../domain/provider-tokens.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { OutboundAnswer, OutboundFetch } from '../ports/outbound-fetch.ts'
import { basicAuthorization } from './client-authentication.ts'
import { failureOfErrorAnswer, failureOfOutbound, failureOfStatus } from './failure-classes.ts'
import { fromOpenIdClient } from './from-openid-client.ts'
import { oauthConfiguration } from './oauth-configuration.ts'
import { memberAt, parseJsonObject } from './parse-json-object.ts'
import { ProviderFailureError } from './provider-failure-error.ts'
import type { ProviderConnection } from './provider-connection.ts'
import { readRetryAfter } from './retry-after.ts'

export interface RevokeTokenOptions {
  readonly connection: ProviderConnection
  readonly outboundFetch: OutboundFetch
  readonly token: string
  readonly tokenTypeHint: 'refresh_token' | 'access_token'
  /** NumericDate seconds. */
  readonly now: number
}

/**
 * Ends a token at the provider, in the provider's style. `revoked` also when the provider says that there is no such
 * token any more: that is what was wanted.
 */
export async function revokeToken(
  options: RevokeTokenOptions,
): Promise<Result<'revoked' | 'unsupported', ProviderFailure>> {
  const { definition } = options.connection
  const { revocation } = definition
  if (revocation === undefined) return accept('unsupported')
  const style = STYLES[revocation.style]
  if (style.takes === 'access_token' && options.tokenTypeHint !== 'access_token') {
    return accept('unsupported')
  }
  try {
    return readRevocation(definition, await style.send(options, revocation.endpoint), options.now)
  } catch (error) {
    return refuse(fromOpenIdClient(error, options.now))
  }
}

interface Style {
  readonly takes: 'any_token' | 'access_token'
  readonly send: (options: RevokeTokenOptions, endpoint: string) => Promise<OutboundAnswer>
}

const STYLES: Readonly<Record<ProviderRevocation['style'], Style>> = {
  rfc7009: { takes: 'any_token', send: sendRfc7009 },
  post_json_with_basic: {
    takes: 'any_token',
    send: ({ connection, outboundFetch, token }, endpoint) =>
      outboundFetch({
        url: endpoint,
        method: 'POST',
        headers: jsonHeaders(connection),
        body: JSON.stringify({ token }),
      }),
  },
  delete_json_with_basic: {
    takes: 'access_token',
    send: ({ connection, outboundFetch, token }, endpoint) =>
      outboundFetch({
        url: endpoint.replaceAll('{client_id}', encodeURIComponent(connection.clientId)),
        method: 'DELETE',
        headers: jsonHeaders(connection),
        body: JSON.stringify({ access_token: token }),
      }),
  },
  post_with_bearer: {
    takes: 'access_token',
    send: ({ connection, outboundFetch, token }, endpoint) =>
      outboundFetch({
        url: endpoint,
        method: 'POST',
        headers: {
          ...connection.definition.requestHeaders,
          accept: 'application/json',
          authorization: `Bearer ${token}`,
        },
      }),
  },
}

/** RFC 7009 section 2.1. */
async function sendRfc7009({
  connection,
  outboundFetch,
  token,
  tokenTypeHint,
}: RevokeTokenOptions): Promise<OutboundAnswer> {
  let answer: OutboundAnswer | undefined
  const configuration = oauthConfiguration(connection, async (url, { body, headers }) => {
    if (!(body instanceof URLSearchParams)) throw new TypeError('openid-client sent no form')
    const { 'user-agent': _, ...rest } = headers
    answer = await outboundFetch({
      url,
      method: 'POST',
      headers: { ...rest, accept: 'application/json', ...connection.definition.requestHeaders },
      body: body.toString(),
    })
    if (!answer.ok) throw new ProviderFailureError(failureOfOutbound(answer))
    // Read below, as that of every other style.
    return new Response()
  })
  await tokenRevocation(configuration, token, { token_type_hint: tokenTypeHint })
  if (answer === undefined) throw new TypeError('openid-client sent no request')
  return answer
}

function jsonHeaders(connection: ProviderConnection): Record<string, string> {
  return {
    ...connection.definition.requestHeaders,
    accept: 'application/json',
    'content-type': 'application/json',
    authorization: basicAuthorization(connection),
  }
}

function readRevocation(
  definition: ProviderDefinition,
  answer: OutboundAnswer,
  now: number,
): Result<'revoked' | 'unsupported', ProviderFailure> {
  if (!answer.ok) return refuse(failureOfOutbound(answer))
  const retryAfterSeconds = readRetryAfter(answer.headers, now)
  const members = parseJsonObject(answer.body) ?? {}
  const error = memberAt(members, 'error')
  const isRefused = members['ok'] === false || typeof error === 'string'
  const { status } = answer
  if (status >= 200 && status < 300 && !isRefused) return accept('revoked')
  if (isGone(definition, status, error)) return accept('revoked')
  if (error === 'unsupported_token_type') return accept('unsupported')
  if (!isRefused) return refuse(failureOfStatus(status, retryAfterSeconds))
  return refuse(
    failureOfErrorAnswer({
      status,
      error: typeof error === 'string' ? error : '',
      retryAfterSeconds,
    }),
  )
}

/** Google answers 400 `invalid_token`, GitHub 404, Slack one of the errors of its APIs. */
function isGone(definition: ProviderDefinition, status: number, error: unknown): boolean {
  if (error === 'invalid_token' || error === 'invalid_grant') return true
  if (typeof error === 'string' && status === 200) {
    return definition.apiUnauthorized?.errorCodes.includes(error) === true
  }
  return status === 404 && definition.revocation?.style === 'delete_json_with_basic'
}
