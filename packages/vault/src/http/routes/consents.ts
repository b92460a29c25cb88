import type { Consent } from '../../domain/consent.ts'
import type { ClientConsents, ListConsents } from '../../use-cases/list-consents.ts'
import type { RevokeConsent } from '../../use-cases/revoke-consent.ts'
import type { MyAccountGuard } from '../gates/my-account.ts'
import { isoTime } from '../iso-time.ts'
import type { Problems } from '../problem.ts'
import type { RouteHandler } from '../request-context.ts'
import { toJsonResponse } from '../to-response.ts'
import { ConsentsQuery, queryOf, RevokeConsentQuery } from './connected-accounts-schema.ts'

interface Shared {
  readonly guard: MyAccountGuard
  readonly problems: Problems
}

/** `GET /me/v1/connected-accounts/consents`, an addition of ours: what the user allowed, by client, page by page. */
export function consentsRoute({
  guard,
  problems,
  listConsents,
}: Shared & { readonly listConsents: ListConsents }): RouteHandler {
  return guard('read:me:consents', async (request, { caller }) => {
    const query = ConsentsQuery.safeParse(queryOf(request))
    if (!query.success) return problems.validation(query.error, 'query')

    const { from, next: cursor, take: limit } = query.data
    const page = await listConsents({ caller, cursor: from ?? cursor, limit })
    if (!page.ok) return problems.refusal(page.refusal)
    const { clients, next } = page.value
    return toJsonResponse({ consents: clients.map(clientBody), next }, 200)
  })
}

/** `DELETE /me/v1/connected-accounts/consents/{client_id}`, on one `connection` or on all: 204, from the next exchange on. */
export function revokeConsentRoute({
  guard,
  problems,
  revokeConsent,
}: Shared & { readonly revokeConsent: RevokeConsent }): RouteHandler {
  return guard('delete:me:consents', async (request, { caller, requestId, pathParameters }) => {
    const query = RevokeConsentQuery.safeParse(queryOf(request))
    if (!query.success) return problems.validation(query.error, 'query')

    const revoked = await revokeConsent({
      caller,
      // What is no client of ours was allowed nothing.
      clientId: pathParameters['client_id'] ?? '',
      connection: query.data.connection,
      requestId,
    })
    return revoked.ok
      ? new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
      : problems.refusal(revoked.refusal)
  })
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
