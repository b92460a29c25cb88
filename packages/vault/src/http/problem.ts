import type * as z from 'zod'

import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import type { BodyRefusal } from './read-body.ts'
import { toJsonResponse } from './to-response.ts'

/**
 * A problem document (RFC 9457) of the connected-accounts API. `type`, `status`, `title`, `detail` and
 * `validation_errors` are as Auth0's clients read them; `code` is ours, stable, and meant for programs.
 */
export interface Problem {
  readonly type: string
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly code: string
  readonly validation_errors?: readonly ValidationError[] | undefined
}

export interface ValidationError {
  readonly detail: string
  /** Dotted, e.g. `authorization_params.prompt`. */
  readonly field?: string | undefined
  /** JSON Pointer into the body (RFC 6901). */
  readonly pointer?: string | undefined
  readonly source: 'body' | 'query'
}

/** Problem documents of one vault. */
export interface Problems {
  /** A request that does not fit its schema. */
  validation(error: z.ZodError, source: ValidationError['source']): Response
  /** A body that could not be read at all. */
  body(reason: BodyRefusal): Response
  /** No access token at all: no error code (RFC 6750 section 3.1). */
  missingToken(): Response
  /**
   * Says what was refused, without its evidence. Everything that is wrong with a session, and everything that is wrong
   * with an account's id, has one answer, so that nobody can probe what exists.
   */
  refusal(refusal: ConnectRefusal): Response
}

/** A `type` leads to a page of the vault that says what to do, `{issuer}errors/{code}` (RFC 9457 section 3.1.1). */
export function createProblems({ issuer }: { readonly issuer: string }): Problems {
  const respond = (parts: ProblemParts): Response =>
    problemResponse(`${issuer}errors/${parts.code}`, parts)
  return {
    validation: (error, source) => respond(validationProblem(error, source)),
    body: (reason) => respond(bodyProblem(reason)),
    missingToken: () =>
      respond({
        status: 401,
        code: 'missing_token',
        detail: 'Send an access token for this API in the Authorization header.',
      }),
    refusal: (refusal) => respond(refusalProblem(refusal)),
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
}

/** A problem before it has a `type`. */
export interface ProblemParts extends Omit<Problem, 'title' | 'type'> {
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Texts are ours: nothing of the request is repeated in an answer. */
export function problemResponse(type: string, { headers, ...parts }: ProblemParts): Response {
  const { status, detail, code, validation_errors } = parts
  const body: Problem = {
    type,
    status,
    title: TITLES[status] ?? 'Error',
    detail,
    code,
    validation_errors,
  }
  return toJsonResponse(body, status, { 'content-type': 'application/problem+json', ...headers })
}

export function validationProblem(
  error: z.ZodError,
  source: ValidationError['source'],
): ProblemParts {
  return {
    status: 400,
    code: 'invalid_request',
    detail: 'The request is not valid; validation_errors says where.',
    validation_errors: error.issues.slice(0, 20).map((issue) => ({
      detail: describeIssue(issue),
      field: issue.path.length === 0 ? undefined : issue.path.map(String).join('.'),
      pointer: source === 'query' ? undefined : pointerTo(issue.path),
      source,
    })),
  }
}

/** zod's own messages repeat names and values of the request. */
function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'There are members here that this API does not know.'
    case 'invalid_type':
      return 'This is missing, or is not of the right type.'
    case 'too_small':
      return 'This is too short.'
    case 'too_big':
      return 'This is too long.'
    case 'custom':
      return issue.message
    case 'invalid_format':
    case 'invalid_value':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      return 'This does not have the right form.'
  }
}

/** Paths hold names of the schema and indexes only. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((segment) => `/${String(segment)}`).join('')
}

export function bodyProblem(reason: BodyRefusal): ProblemParts {
  switch (reason) {
    case 'media_type':
      return {
        status: 415,
        code: 'unsupported_media_type',
        detail: 'Send the body as application/json.',
      }
    case 'too_large':
      return {
        status: 413,
        code: 'content_too_large',
        detail: 'The body is larger than 56 KiB.',
      }
    case 'not_json':
      return {
        status: 400,
        code: 'invalid_request',
        detail: 'The body is not a JSON object, or names a member twice.',
      }
  }
}

function refusalProblem(refusal: ConnectRefusal): ProblemParts {
  switch (refusal.reason) {
    case 'invalid_token':
      return {
        status: 401,
        code: 'invalid_token',
        detail: 'The access token is not one for this API, or has expired.',
      }
    case 'insufficient_scope':
      return {
        status: 403,
        code: 'insufficient_scope',
        detail: `The access token, or the client's policy, lacks the scope ${refusal.scope}.`,
      }
    case 'invalid_dpop_proof':
      return {
        status: 401,
        code: 'invalid_dpop_proof',
        detail:
          'The DPoP proof is missing or invalid, or not of the key that the token is bound to.',
      }
    case 'use_dpop_nonce':
      return {
        status: 401,
        code: 'use_dpop_nonce',
        detail: 'The DPoP proof must carry the nonce of the DPoP-Nonce header.',
      }
    case 'too_many_requests':
      return {
        status: 429,
        code: 'too_many_requests',
        detail: 'There were too many requests for this user. Try again later.',
        headers: { 'retry-after': String(refusal.retryAfterSeconds) },
      }
    case 'cursor_invalid':
      return invalidMember('from', 'This is no cursor of this list.', 'query')
    case 'connection_not_allowed':
      return {
        status: 403,
        code: 'connection_not_allowed',
        detail: 'There is no such connection, or it is not among the connections of this client.',
      }
    case 'scopes_not_allowed':
      return {
        status: 403,
        code: 'scopes_not_allowed',
        detail: "Some scopes are not among the client's scopes for this connection.",
      }
    case 'redirect_uri_not_registered':
      return invalidMember('redirect_uri', 'This is not one of the redirect URIs of the client.')
    case 'unknown_account_hint':
      return invalidMember(
        'authorization_params.login_hint',
        'The user has no account with this id on the connection.',
      )
    case 'too_many_attempts':
      return {
        status: 429,
        code: 'too_many_attempts',
        detail: 'The user has too many unfinished attempts to connect. Try again later.',
        headers: { 'retry-after': String(refusal.retryAfterSeconds) },
      }
    case 'session_invalid':
      return {
        status: 404,
        code: 'session_invalid',
        detail: 'Invalid or expired session.',
      }
    case 'account_changed':
      return {
        status: 409,
        code: 'account_changed',
        detail: 'Another account than the one that was asked for was chosen at the provider.',
      }
    case 'account_not_found':
      return {
        status: 404,
        code: 'account_not_found',
        detail: 'There is no such connected account.',
      }
    case 'consent_not_found':
      return {
        status: 404,
        code: 'consent_not_found',
        detail: 'The user has not allowed this client anything.',
      }
    case 'approval_not_found':
      return {
        status: 404,
        code: 'approval_not_found',
        detail: 'No such request waits for a decision of this user.',
      }
    case 'vault_unavailable':
      return unavailableProblem(refusal)
  }
}

export function unavailableProblem({
  retryAfterSeconds,
}: {
  readonly retryAfterSeconds: number
}): ProblemParts {
  return {
    status: 503,
    code: 'temporarily_unavailable',
    detail: 'The vault cannot do this now. Try again later.',
    headers: { 'retry-after': String(retryAfterSeconds) },
  }
}

function invalidMember(
  field: string,
  detail: string,
  source: ValidationError['source'] = 'body',
): ProblemParts {
  return {
    status: 400,
    code: 'invalid_request',
    detail: 'The request is not valid; validation_errors says where.',
    validation_errors: [
      {
        detail,
        field,
        pointer: source === 'query' ? undefined : pointerTo(field.split('.')),
        source,
      },
    ],
  }
}
