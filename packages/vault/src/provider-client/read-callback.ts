import type { ProviderDefinition } from '@valetkey/providers'

import type { ProviderFailure } from '../domain/provider-tokens.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { AUTHORIZATION_ERROR_CODES } from './failure-classes.ts'

/**
 * The code of a callback, once it is known to be the provider's answer to our request (RFC 6749 section 4.1.2,
 * RFC 9207 section 2.4). The issuer is looked at first: an answer of someone else is not read any further, not even
 * its error.
 */
export function readCallback({
  definition,
  parameters,
  expectedState,
}: {
  readonly definition: ProviderDefinition
  /** Attacker-controlled. */
  readonly parameters: URLSearchParams
  readonly expectedState: string
}): Result<string, ProviderFailure> {
  const isRepeated = KNOWN.some((name) => parameters.getAll(name).length > 1)
  if (isRepeated) return refuse(failure('permanent', 'callback_malformed'))
  if (!isOurIssuer(definition, parameters.get('iss'))) {
    return refuse(failure('permanent', 'issuer_mismatch'))
  }
  if (parameters.get('state') !== expectedState) {
    return refuse(failure('permanent', 'state_mismatch'))
  }
  const error = parameters.get('error')
  if (error !== null) {
    const kind = AUTHORIZATION_ERROR_CODES.get(error)
    return refuse(
      kind === undefined ? failure('permanent', 'authorization_refused') : failure(kind, error),
    )
  }
  const code = parameters.get('code') ?? ''
  return CODE.test(code) ? accept(code) : refuse(failure('permanent', 'callback_malformed'))
}

const KNOWN = ['code', 'state', 'iss', 'error']

/** RFC 6749 appendix A.11, with a limit. */
const CODE = /^[\x20-\x7e]{1,4096}$/

/**
 * With a known issuer: plain string comparison, no normalisation (RFC 9207 section 2.4). Without one there is nothing
 * to compare with but where the user was sent: an answer that names another origin is somebody else's.
 */
function isOurIssuer(definition: ProviderDefinition, issuer: string | null): boolean {
  if (issuer === null) return definition.callbackIssuer !== 'always'
  if (definition.issuer !== undefined) return issuer === definition.issuer
  return URL.parse(issuer)?.origin === new URL(definition.authorizationEndpoint).origin
}

function failure(kind: ProviderFailure['kind'], code: string): ProviderFailure {
  return { kind, code, mayHaveBeenSpent: false }
}
