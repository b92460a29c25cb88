import { ClientError, ResponseBodyError } from 'openid-client'

import type { ProviderFailure } from '../domain/provider-tokens.ts'
import {
  failureOfErrorAnswer,
  failureOfStatus,
  INVALID_ANSWER,
  NOT_JSON,
} from './failure-classes.ts'
import { ProviderFailureError } from './provider-failure-error.ts'
import { readRetryAfter } from './retry-after.ts'

/** Translates whatever openid-client throws; `now` is for dates in `Retry-After`. Nothing of its text is kept. */
export function fromOpenIdClient(error: unknown, now: number): ProviderFailure {
  const carried = carriedFailure(error)
  if (carried !== undefined) return carried
  if (error instanceof ResponseBodyError) {
    return failureOfErrorAnswer({
      status: error.status,
      error: error.error,
      retryAfterSeconds: readRetryAfter(error.response.headers, now),
    })
  }
  if (!(error instanceof ClientError)) return UNKNOWN
  const { code, cause } = error
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && cause instanceof Response) {
    return failureOfStatus(cause.status, readRetryAfter(cause.headers, now))
  }
  return FAILURES.get(code ?? '') ?? UNKNOWN
}

/** By the code of openid-client's `ClientError`. */
const FAILURES: ReadonlyMap<string, ProviderFailure> = new Map([
  ['OAUTH_RESPONSE_IS_NOT_JSON', NOT_JSON],
  ['OAUTH_PARSE_ERROR', NOT_JSON],
  ['OAUTH_INVALID_RESPONSE', INVALID_ANSWER],
  ['OAUTH_UNSUPPORTED_OPERATION', INVALID_ANSWER],
])

/** A version of openid-client that throws something new must not crash a refresh whose token may be spent. */
const UNKNOWN: ProviderFailure = { kind: 'transient', code: 'unexpected', mayHaveBeenSpent: true }

/** openid-client wraps what its fetch throws. */
function carriedFailure(error: unknown): ProviderFailure | undefined {
  if (error instanceof ProviderFailureError) return error.failure
  if (error instanceof ClientError && error.cause instanceof ProviderFailureError) {
    return error.cause.failure
  }
  return undefined
}
