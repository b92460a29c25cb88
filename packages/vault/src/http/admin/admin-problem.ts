import type * as z from 'zod'

import type { AdminRefusal, AdminScope, AdminThing } from '../../domain/admin.ts'
import type { ClientAuthenticationRefusal } from '../../use-cases/authenticate-client.ts'
import {
  bodyProblem,
  pointerTo,
  type ProblemParts,
  problemResponse,
  unavailableProblem,
  validationProblem,
} from '../problem.ts'
import type { BodyRefusal } from '../read-body.ts'

const CHALLENGES = 'Basic realm="valet key admin", charset="UTF-8", Bearer realm="valet key admin"'

/** One answer for whatever is wrong with a credential. */
export function adminAuthenticationProblem(refusal: ClientAuthenticationRefusal): Response {
  switch (refusal.reason) {
    case 'invalid_client':
      return respond({
        status: 401,
        code: 'invalid_client',
        detail: 'Send the credential of an admin client: HTTP Basic, or a signed JWT as bearer.',
        headers: { 'www-authenticate': CHALLENGES },
      })
    case 'throttled':
      return respond({
        status: 429,
        code: 'too_many_failures',
        detail: 'Too many wrong credentials came from here. Wait.',
        headers: { 'retry-after': String(Math.ceil(refusal.retryAfterSeconds)) },
      })
  }
}

export function adminScopeProblem(scope: AdminScope): Response {
  return plainProblem(403, 'insufficient_scope', `The admin client lacks the scope ${scope}.`)
}

/** What an operation refuses, with the mend: whoever asks may know. */
export function adminProblem(refusal: AdminRefusal): Response {
  switch (refusal.reason) {
    case 'not_found':
      return plainProblem(404, `${refusal.what}_not_found`, `There is no such ${refusal.what}.`)
    case 'configured':
      return conflict(
        'configured',
        `This ${refusal.what} is in the configuration file. Change it there, and restart.`,
      )
    case 'name_taken':
      return conflict('name_taken', `There is a ${refusal.what} ${NAMED[refusal.what]} already.`)
    case 'invalid_settings':
      return respond({
        status: 400,
        code: 'invalid_request',
        detail: 'The request is not valid; validation_errors says where.',
        validation_errors: refusal.problems.slice(0, 20).map(({ path, message }) => ({
          detail: message,
          field: path.length === 0 ? undefined : path.map(String).join('.'),
          pointer: pointerTo(path),
          source: 'body',
        })),
      })
    case 'connection_in_use':
      return conflict(
        'connection_in_use',
        'Accounts are on this connection. Revoke them first, or register another connection.',
      )
    case 'too_many_secrets':
      return conflict(
        'too_many_secrets',
        'The client has two secrets. Remove the one that is not used any more.',
      )
    case 'last_secret':
      return conflict(
        'last_secret',
        "It is the client's only secret. Make another one first, or remove the client.",
      )
    case 'no_secrets':
      return conflict('no_secrets', 'The client has keys, or is public: it has no secrets.')
    case 'changed_meanwhile':
      return conflict(
        'changed_meanwhile',
        'It was changed at the same time. Read it, and try again.',
      )
    case 'too_many_registrations':
      return conflict('too_many_registrations', 'There are 10,000 of them. Remove some first.')
    case 'vault_unavailable':
      return respond(unavailableProblem(refusal))
  }
}

const NAMED: Readonly<Record<AdminThing, string>> = {
  client: 'with this id',
  connection: 'with this name',
  user: 'with this id',
  account: 'with this id',
  secret: 'with this id',
}

function conflict(code: string, detail: string): Response {
  return plainProblem(409, code, detail)
}

function plainProblem(status: number, code: string, detail: string): Response {
  return respond({ status, code, detail })
}

/** A query that does not fit its schema. */
export function adminQueryProblem(error: z.ZodError): Response {
  return respond(validationProblem(error, 'query'))
}

/** A body that could not be read at all. */
export function adminBodyProblem(reason: BodyRefusal): Response {
  return respond(bodyProblem(reason))
}

/** Without a page of its own: status and `code` say all there is (RFC 9457 section 4.2.1). */
function respond(parts: ProblemParts): Response {
  return problemResponse('about:blank', parts)
}
