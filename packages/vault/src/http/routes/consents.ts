import type { Consent } from '../../domain/consent.ts'
import type { ClientConsents, ListConsents } from '../../use-cases/list-consents.ts'
import type { RevokeConsent } from '../../use-cases/revoke-consent.ts'
import type { BearerGate } from '../gates/bearer.ts'
import { isoTime } from '../iso-time.ts'
import { refusalProblem, validationProblem } from '../problem.ts'
import type { RouteHandler } from '../request-context.ts'
import { toJsonResponse } from '../to-response.ts'
import { ConsentsQuery, queryOf, RevokeConsentQuery } from './connected-accounts-schema.ts'

/** `GET /me/v1/connected-accounts/consents`, an addition of ours: what the user allowed, by client, page by page. */
export function consentsRoute({
  gate,
  listConsents,
}: {
  readonly gate: BearerGate
  readonly listConsents: ListConsents
}): RouteHandler {
  return async (request) => {
    const caller = await gate(request, 'read:me:consents')
    if (caller instanceof Response) return caller
    const query = ConsentsQuery.safeParse(queryOf(request))
    if (!query.success) return validationProblem(query.error, 'query')

    const { from, next: cursor, take: limit } = query.data
    const page = await listConsents({ caller, after: from ?? cursor, limit })
    return toJsonResponse({ consents: page.clients.map(clientBody), next: page.next }, 200)
  }
}

/** `DELETE /me/v1/connected-accounts/consents/{client_id}`, on one `connection` or on all: 204, from the next exchange on. */
export function revokeConsentRoute({
  gate,
  revokeConsent,
}: {
  readonly gate: BearerGate
  readonly revokeConsent: RevokeConsent
}): RouteHandler {
  return async (request, { requestId, pathParameters }) => {
    const caller = await gate(request, 'delete:me:consents')
    if (caller instanceof Response) return caller
    const query = RevokeConsentQuery.safeParse(queryOf(request))
    if (!query.success) return validationProblem(query.error, 'query')

    const revoked = await revokeConsent({
      caller,
      // What is no client of ours was allowed nothing.
      clientId: pathParameters['client_id'] ?? '',
      connection: query.data.connection,
      requestId,
    })
    return revoked.ok
      ? new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
      : refusalProblem(revoked.refusal)
  }
}

function clientBody({
  clientId,
  clientName,
  consent,
  allowed,
}: ClientConsents): Readonly<Record<string, unknown>> {
  return {
    client_id: clientId,
    client_name: clientName,
    consent,
    allowed: allowed.map(allowedBody),
  }
}

function allowedBody({
  connection,
  accountId,
  actor,
  scopes,
  createdAt,
  updatedAt,
}: Consent): Readonly<Record<string, unknown>> {
  return {
    connection,
    account: accountId,
    scopes,
    actor: actor && { iss: actor.issuer, sub: actor.subject },
    created_at: isoTime(createdAt),
    updated_at: isoTime(updatedAt),
  }
}
