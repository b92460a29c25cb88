import type { Api } from './api.ts'
import { apiPolicyOf, type Client } from './client.ts'
import type { ExchangeRefusal } from './refusal.ts'
import { accept, refuse, type Result } from './result.ts'
import { commonScopes, missingScopes } from './scope.ts'
import type { Subject } from './subject.ts'

/**
 * Whether a token shows who acts for the user, or the user alone (RFC 8693 section 1.1). `login`: it is the app's that
 * the user logged in to, as its first access token was, so that nobody acts for anybody.
 */
export type TokenSemantics = 'delegation' | 'impersonation' | 'login'

/** A token for an API, as it was asked for. */
export interface ApiTokenQuestion {
  readonly client: Client
  /** Absent when there is none of the identifier that was sent. */
  readonly api: Api | undefined
  readonly subject: Subject
  readonly semantics: TokenSemantics
  /** Absent: all that may be had. */
  readonly scopes?: readonly string[] | undefined
  readonly now: number
}

/** What the token may be. */
export interface PermittedApiToken {
  readonly api: Api
  readonly scopes: readonly string[]
  readonly expiresAt: number
}

/**
 * What a token for an API may do, and how long: never more than the token it is made from (RV-42, RV-45). An unlisted
 * API and an unknown one are told apart, as connections are.
 */
export function decideApiToken({
  client,
  api,
  subject,
  semantics,
  scopes,
  now,
}: ApiTokenQuestion): Result<PermittedApiToken, ExchangeRefusal> {
  if (api === undefined) return refuse({ reason: 'unknown_api' })
  const policy = apiPolicyOf(client, api.identifier)
  // What a client may sign for, it may sign for connections only (R2).
  if (policy === undefined || subject.kind === 'client_signed') {
    return refuse({ reason: 'api_not_allowed' })
  }
  if (!isApiAllowed(client, subject, api)) return refuse({ reason: 'consent_required' })
  if (semantics === 'impersonation' && client.impersonation !== 'allow') {
    return refuse({ reason: 'impersonation_not_allowed' })
  }

  const ofClient = commonScopes(policy.scopes, api.scopes)
  const permitted = commonScopes(ofClient, subject.scopes ?? ofClient)
  const excess = missingScopes(scopes ?? [], permitted)
  if (excess.length > 0) return refuse({ reason: 'scopes_not_allowed', scopes: excess })
  // Nothing was asked for, and nothing of what the client may ask for is left: no token that only looks like one.
  if (permitted.length === 0 && policy.scopes.length > 0) {
    return refuse({ reason: 'scopes_not_allowed', scopes: policy.scopes })
  }

  const expiresAt = Math.min(now + api.tokenLifetimeSeconds, subject.expiresAt)
  // Within the clock skew an expired subject token still counts, but nothing can be made to outlive it.
  if (expiresAt <= now) {
    const why = { reason: 'expired', expiredAt: subject.expiresAt } as const
    return refuse({ reason: 'subject_token_invalid', why })
  }
  return accept({ api, scopes: scopes ?? permitted, expiresAt })
}

/** What a user allows for an API, they allow at the login (R8). */
export function isApiAllowed(
  { consent }: Pick<Client, 'consent'>,
  { allowedApis = [] }: Pick<Subject, 'allowedApis'>,
  { identifier }: Pick<Api, 'identifier'>,
): boolean {
  return consent === 'implied' || allowedApis.includes(identifier)
}
