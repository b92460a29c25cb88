import type { ProviderDefinition } from '@valetkey/providers'

import type { ProviderFailure } from '../domain/provider-tokens.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { OutboundFetch } from '../ports/outbound-fetch.ts'
import { failureOfOutbound, failureOfStatus, NOT_JSON } from './failure-classes.ts'
import { parseJsonObject, type JsonObject } from './parse-json-object.ts'
import { readRetryAfter } from './retry-after.ts'

/** What a userinfo endpoint says about an access token. */
export type UserinfoAnswer =
  | { readonly status: 'accepted'; readonly members: JsonObject }
  | { readonly status: 'refused' }

/** Asks a provider's userinfo endpoint, with the token as bearer (RFC 6750 section 2.1). */
export async function askUserinfo({
  definition,
  endpoint,
  accessToken,
  outboundFetch,
  now,
}: {
  readonly definition: ProviderDefinition
  readonly endpoint: string
  readonly accessToken: string
  readonly outboundFetch: OutboundFetch
  /** NumericDate seconds. */
  readonly now: number
}): Promise<Result<UserinfoAnswer, ProviderFailure>> {
  const answer = await outboundFetch({
    url: endpoint,
    method: 'GET',
    headers: { accept: 'application/json', authorization: `Bearer ${accessToken}` },
  })
  if (!answer.ok) return refuse(failureOfOutbound(answer))
  if (answer.status === 401) return accept({ status: 'refused' })
  if (answer.status !== 200) {
    const retryAfterSeconds = readRetryAfter(answer.headers, now)
    return refuse(failureOfStatus(answer.status, retryAfterSeconds))
  }
  const members = parseJsonObject(answer.body)
  if (members === undefined) return refuse(NOT_JSON)
  return accept(
    saysUnauthorized(definition, members) ? { status: 'refused' } : { status: 'accepted', members },
  )
}

/** A 200 that means 401. */
function saysUnauthorized({ apiUnauthorized }: ProviderDefinition, members: JsonObject): boolean {
  const { error } = members
  return (
    apiUnauthorized !== undefined &&
    members['ok'] === false &&
    typeof error === 'string' &&
    apiUnauthorized.errorCodes.includes(error)
  )
}
