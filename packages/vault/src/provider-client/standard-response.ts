import type { ProviderDefinition } from '@valetkey/providers'

import type { OutboundAnswer } from '../ports/outbound-fetch.ts'
import { ERROR_CODES, failureOfStatus, INVALID_ANSWER } from './failure-classes.ts'
import { parseJsonObject, type JsonObject } from './parse-json-object.ts'
import { ProviderFailureError } from './provider-failure-error.ts'
import { readTokenMembers, type TokenMembers } from './token-members.ts'

/** A provider's token response as RFC 6749 has it, and what it held beyond that. */
export interface StandardResponse {
  /** For openid-client: only what RFC 6749 names, or an error without any of the provider's text. */
  readonly response: Response
  /** Absent in an error response. */
  readonly tokens?: TokenMembers | undefined
  /** Everything that was in it, untrusted: identity may be there. */
  readonly members: JsonObject
}

type Received = Extract<OutboundAnswer, { ok: true }>

/**
 * Translates a provider's token response to RFC 6749 section 5, so that openid-client never meets a quirk.
 *
 * @throws {ProviderFailureError} `invalid_answer` when a success breaks the rules of RV-93
 */
export function toStandardResponse(
  definition: ProviderDefinition,
  answer: Received,
): StandardResponse {
  const isSuccess = answer.status >= 200 && answer.status < 300
  const members = readMembers(definition, answer)
  if (members === undefined) {
    // Without a readable body the status alone speaks; a success is then none.
    const response = isSuccess
      ? new Response('', { headers: { 'content-type': 'text/plain' } })
      : errorResponse(answer, {})
    return { response, members: {} }
  }
  const error = readError(definition, members, isSuccess)
  if (error !== undefined) return { response: errorResponse(answer, { error }), members }
  if (!isSuccess) return { response: errorResponse(answer, {}), members }

  const tokens = readTokenMembers(definition, members)
  if (tokens === undefined) throw new ProviderFailureError(INVALID_ANSWER)
  const response = Response.json({
    access_token: tokens.accessToken,
    token_type: 'bearer',
    refresh_token: tokens.refreshToken,
    expires_in: tokens.expiresInSeconds,
    scope: tokens.scopes?.join(' '),
  })
  return { response, tokens, members }
}

function readMembers(
  { tokenResponse }: ProviderDefinition,
  { headers, body }: Received,
): JsonObject | undefined {
  const type = headers.get('content-type') ?? ''
  return tokenResponse.format === 'form_unless_accept_json' &&
    /^application\/x-www-form-urlencoded\b/i.test(type)
    ? Object.fromEntries(new URLSearchParams(body))
    : parseJsonObject(body)
}

/** The error in RFC 6749's own code, `unknown` for one that nobody listed, `undefined` when there is none. */
function readError(
  { tokenResponse }: ProviderDefinition,
  members: JsonObject,
  isSuccess: boolean,
): string | undefined {
  const { error } = members
  const isRefused = tokenResponse.errors === 'slack_ok_false' && members['ok'] === false
  if (typeof error !== 'string' || error === '')
    return isRefused && isSuccess ? 'unknown' : undefined
  if (tokenResponse.clientErrorCodes.includes(error)) return 'invalid_client'
  if (tokenResponse.refreshErrorCodes.includes(error)) return 'invalid_grant'
  if (tokenResponse.codeErrorCodes.includes(error)) return 'invalid_grant'
  return ERROR_CODES.has(error) ? error : 'unknown'
}

/** A 200 with an error in it becomes the 400 that it should have been (RV-93). */
function errorResponse({ status, headers }: Received, body: JsonObject): Response {
  const actual = status < 300 ? 400 : status
  // Neither success nor error, or beyond what a Response can hold.
  if (actual < 400 || actual > 599) throw new ProviderFailureError(failureOfStatus(actual))
  const retryAfter = headers.get('retry-after')
  return Response.json(body, {
    status: actual,
    ...(retryAfter !== null && { headers: { 'retry-after': retryAfter } }),
  })
}
