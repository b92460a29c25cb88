import type * as z from 'zod'

import type { Account } from '../../domain/account.ts'
import { connectUri } from '../../domain/vault-urls.ts'
import type { CompleteConnect } from '../../use-cases/complete-connect.ts'
import type { DisconnectAccount } from '../../use-cases/disconnect-account.ts'
import type { ListAccounts } from '../../use-cases/list-accounts.ts'
import type { ListConnections } from '../../use-cases/list-connections.ts'
import type { RenameAccount } from '../../use-cases/rename-account.ts'
import type { StartConnect } from '../../use-cases/start-connect.ts'
import type { BearerGate } from '../gates/bearer.ts'
import { isoTime } from '../iso-time.ts'
import { bodyProblem, refusalProblem, validationProblem } from '../problem.ts'
import { readJsonBody } from '../read-body.ts'
import type { RequestContext, RouteHandler } from '../request-context.ts'
import { toJsonResponse } from '../to-response.ts'
import {
  AccountsQuery,
  CompleteRequest,
  ConnectionsQuery,
  ConnectRequest,
  queryOf,
  RenameRequest,
} from './connected-accounts-schema.ts'

const CREATE = 'create:me:connected_accounts'
const READ = 'read:me:connected_accounts'
const UPDATE = 'update:me:connected_accounts'
const DELETE = 'delete:me:connected_accounts'

/** `POST /me/v1/connected-accounts/connect`: 201 with where to send the browser, and what to keep until it is back. */
export function connectRoute({
  issuer,
  gate,
  startConnect,
}: {
  readonly issuer: string
  readonly gate: BearerGate
  readonly startConnect: StartConnect
}): RouteHandler {
  return async (request, { requestId }) => {
    const caller = await gate(request, CREATE)
    if (caller instanceof Response) return caller
    const body = await parseBody(request, ConnectRequest)
    if (body instanceof Response) return body

    const started = await startConnect({
      caller,
      connection: body.connection,
      redirectUri: body.redirect_uri,
      state: body.state,
      codeChallenge: body.code_challenge,
      scopes: body.scopes,
      scopesMode: body.scopes_mode,
      authorizationParams: withoutAbsent(body.authorization_params),
      requestId,
    })
    if (!started.ok) return refusalProblem(started.refusal)

    const { ticket, authSession, expiresInSeconds } = started.value
    return toJsonResponse(
      {
        connect_uri: connectUri(issuer),
        auth_session: authSession,
        connect_params: { ticket },
        expires_in: expiresInSeconds,
      },
      201,
    )
  }
}

/** `POST /me/v1/connected-accounts/complete`: 201 with the account. */
export function completeRoute({
  gate,
  completeConnect,
}: {
  readonly gate: BearerGate
  readonly completeConnect: CompleteConnect
}): RouteHandler {
  return async (request, { requestId }) => {
    const caller = await gate(request, CREATE)
    if (caller instanceof Response) return caller
    const body = await parseBody(request, CompleteRequest)
    if (body instanceof Response) return body

    const completed = await completeConnect({
      caller,
      authSession: body.auth_session,
      connectCode: body.connect_code,
      redirectUri: body.redirect_uri,
      codeVerifier: body.code_verifier,
      requestId,
    })
    return completed.ok
      ? toJsonResponse(accountBody(completed.value), 201)
      : refusalProblem(completed.refusal)
  }
}

/** `GET /me/v1/connected-accounts/accounts`: the user's accounts, page by page. */
export function accountsRoute({
  gate,
  listAccounts,
}: {
  readonly gate: BearerGate
  readonly listAccounts: ListAccounts
}): RouteHandler {
  return async (request) => {
    const caller = await gate(request, READ)
    if (caller instanceof Response) return caller
    const query = AccountsQuery.safeParse(queryOf(request))
    if (!query.success) return validationProblem(query.error, 'query')

    const { connection, from, next: cursor, take: limit } = query.data
    const page = await listAccounts({ caller, connection, after: from ?? cursor, limit })
    return toJsonResponse({ accounts: page.accounts.map(accountBody), next: page.next }, 200)
  }
}

/** `GET /me/v1/connected-accounts/connections`: what the client may offer, page by page. */
export function connectionsRoute({
  gate,
  listConnections,
}: {
  readonly gate: BearerGate
  readonly listConnections: ListConnections
}): RouteHandler {
  return async (request) => {
    const caller = await gate(request, READ)
    if (caller instanceof Response) return caller
    const query = ConnectionsQuery.safeParse(queryOf(request))
    if (!query.success) return validationProblem(query.error, 'query')

    const { from, next: cursor, take: limit } = query.data
    const page = await listConnections({ caller, after: from ?? cursor, limit })
    const connections = page.connections.map(({ name, providerId, scopes }) => ({
      name,
      strategy: providerId,
      scopes,
    }))
    return toJsonResponse({ connections, next: page.next }, 200)
  }
}

/** `DELETE /me/v1/connected-accounts/accounts/{id}`: 204; the provider is told right after. */
export function deleteAccountRoute({
  gate,
  disconnectAccount,
}: {
  readonly gate: BearerGate
  readonly disconnectAccount: DisconnectAccount
}): RouteHandler {
  return async (request, { requestId, pathParameters }) => {
    const caller = await gate(request, DELETE)
    if (caller instanceof Response) return caller
    const disconnected = await disconnectAccount({
      caller,
      accountId: accountIdOf(pathParameters),
      requestId,
    })
    return disconnected.ok
      ? new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
      : refusalProblem(disconnected.refusal)
  }
}

/** `PATCH /me/v1/connected-accounts/accounts/{id}` with `{ label }`: 200 with the account. */
export function renameAccountRoute({
  gate,
  renameAccount,
}: {
  readonly gate: BearerGate
  readonly renameAccount: RenameAccount
}): RouteHandler {
  return async (request, { requestId, pathParameters }) => {
    const caller = await gate(request, UPDATE)
    if (caller instanceof Response) return caller
    const body = await parseBody(request, RenameRequest)
    if (body instanceof Response) return body

    const renamed = await renameAccount({
      caller,
      accountId: accountIdOf(pathParameters),
      label: body.label,
      requestId,
    })
    return renamed.ok
      ? toJsonResponse(accountBody(renamed.value), 200)
      : refusalProblem(renamed.refusal)
  }
}

/** An account on the wire. `provider_account_id`, `label` and `state` are additions of ours. */
function accountBody(account: Account): Readonly<Record<string, unknown>> {
  const { refreshToken, refreshExpiresAt, accessExpiresAt } = account
  const expiresAt = refreshToken === undefined ? accessExpiresAt : refreshExpiresAt
  return {
    id: account.id,
    connection: account.connection,
    access_type: 'offline',
    scopes: account.scopes,
    created_at: isoTime(account.createdAt),
    expires_at: expiresAt === undefined ? undefined : isoTime(expiresAt),
    provider_account_id: account.providerAccountId,
    label: account.label,
    state: account.state,
  }
}

async function parseBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): Promise<z.output<Schema> | Response> {
  const body = await readJsonBody(request)
  if (!body.ok) return bodyProblem(body.refusal)
  const parsed = schema.safeParse(body.value)
  return parsed.success ? parsed.data : validationProblem(parsed.error, 'body')
}

/** What is not an id of ours is found nowhere. */
function accountIdOf(pathParameters: RequestContext['pathParameters']): string {
  return pathParameters['id'] ?? ''
}

function withoutAbsent(
  parameters: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  )
}
