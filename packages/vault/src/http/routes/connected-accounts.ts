import type * as z from 'zod'

import { connectUri } from '../../domain/vault-urls.ts'
import type { CompleteConnect } from '../../use-cases/complete-connect.ts'
import type { DisconnectAccount } from '../../use-cases/disconnect-account.ts'
import type { ListAccounts } from '../../use-cases/list-accounts.ts'
import type { ListActivity } from '../../use-cases/list-activity.ts'
import type { ListConnections } from '../../use-cases/list-connections.ts'
import type { RenameAccount } from '../../use-cases/rename-account.ts'
import type { StartConnect } from '../../use-cases/start-connect.ts'
import type { MyAccountGuard } from '../gates/my-account.ts'
import type { Problems } from '../problem.ts'
import { readJsonBody } from '../read-body.ts'
import type { RequestContext, RouteHandler } from '../request-context.ts'
import { toJsonResponse } from '../to-response.ts'
import { accountBody, eventBody } from './connected-accounts-body.ts'
import {
  AccountsQuery,
  CompleteRequest,
  ConnectRequest,
  PageQuery,
  queryOf,
  RenameRequest,
} from './connected-accounts-schema.ts'

interface Shared {
  readonly guard: MyAccountGuard
  readonly problems: Problems
}

const CREATE = 'create:me:connected_accounts'
const READ = 'read:me:connected_accounts'
const UPDATE = 'update:me:connected_accounts'
const DELETE = 'delete:me:connected_accounts'

/** `POST /me/v1/connected-accounts/connect`: 201 with where to send the browser, and what to keep until it is back. */
export function connectRoute({
  issuer,
  guard,
  problems,
  startConnect,
}: Shared & {
  readonly issuer: string
  readonly startConnect: StartConnect
}): RouteHandler {
  return guard(CREATE, async (request, { caller, requestId }) => {
    const body = await parseBody(request, ConnectRequest, problems)
    if (body instanceof Response) return body

    const started = await startConnect({
      caller,
      connection: body.connection,
      redirectUri: body.redirect_uri,
      state: body.state,
      codeChallenge: body.code_challenge,
      scopes: body.scopes,
      mode: 'ticket',
      scopesMode: body.scopes_mode,
      authorizationParams: withoutAbsent(body.authorization_params),
      requestId,
    })
    if (!started.ok) return problems.refusal(started.refusal)

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
  })
}

/** `POST /me/v1/connected-accounts/complete`: 201 with the account. */
export function completeRoute({
  guard,
  problems,
  completeConnect,
}: Shared & {
  readonly completeConnect: CompleteConnect
}): RouteHandler {
  return guard(CREATE, async (request, { caller, requestId }) => {
    const body = await parseBody(request, CompleteRequest, problems)
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
      : problems.refusal(completed.refusal)
  })
}

/** `GET /me/v1/connected-accounts/accounts`: the user's accounts, page by page. */
export function accountsRoute({
  guard,
  problems,
  listAccounts,
}: Shared & {
  readonly listAccounts: ListAccounts
}): RouteHandler {
  return guard(READ, async (request, { caller }) => {
    const query = AccountsQuery.safeParse(queryOf(request))
    if (!query.success) return problems.validation(query.error, 'query')

    const { connection, from, next: cursor, take: limit } = query.data
    const page = await listAccounts({ caller, connection, cursor: from ?? cursor, limit })
    if (!page.ok) return problems.refusal(page.refusal)
    const { accounts, next } = page.value
    return toJsonResponse({ accounts: accounts.map(accountBody), next }, 200)
  })
}

/** `GET /me/v1/connected-accounts/connections`: what the client may offer, page by page. */
export function connectionsRoute({
  guard,
  problems,
  listConnections,
}: Shared & {
  readonly listConnections: ListConnections
}): RouteHandler {
  return guard(READ, async (request, { caller }) => {
    const query = PageQuery.safeParse(queryOf(request))
    if (!query.success) return problems.validation(query.error, 'query')

    const { from, next: cursor, take: limit } = query.data
    const page = await listConnections({ caller, cursor: from ?? cursor, limit })
    if (!page.ok) return problems.refusal(page.refusal)
    const connections = page.value.connections.map(({ name, providerId, scopes }) => ({
      name,
      strategy: providerId,
      scopes,
    }))
    return toJsonResponse({ connections, next: page.value.next }, 200)
  })
}

/** `DELETE /me/v1/connected-accounts/accounts/{id}`: 204; the provider is told right after. */
export function deleteAccountRoute({
  guard,
  problems,
  disconnectAccount,
}: Shared & {
  readonly disconnectAccount: DisconnectAccount
}): RouteHandler {
  return guard(DELETE, async (_, { caller, requestId, pathParameters }) => {
    const disconnected = await disconnectAccount({
      caller,
      accountId: accountIdOf(pathParameters),
      requestId,
    })
    return disconnected.ok
      ? new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } })
      : problems.refusal(disconnected.refusal)
  })
}

/** `PATCH /me/v1/connected-accounts/accounts/{id}` with `{ label }`: 200 with the account. */
export function renameAccountRoute({
  guard,
  problems,
  renameAccount,
}: Shared & {
  readonly renameAccount: RenameAccount
}): RouteHandler {
  return guard(UPDATE, async (request, { caller, requestId, pathParameters }) => {
    const body = await parseBody(request, RenameRequest, problems)
    if (body instanceof Response) return body

    const renamed = await renameAccount({
      caller,
      accountId: accountIdOf(pathParameters),
      label: body.label,
      requestId,
    })
    return renamed.ok
      ? toJsonResponse(accountBody(renamed.value), 200)
      : problems.refusal(renamed.refusal)
  })
}

/** `GET /me/v1/connected-accounts/accounts/{id}/activity`: what happened to it, latest first, page by page. An addition of ours. */
export function activityRoute({
  guard,
  problems,
  listActivity,
}: Shared & {
  readonly listActivity: ListActivity
}): RouteHandler {
  return guard(READ, async (request, { caller, pathParameters }) => {
    const query = PageQuery.safeParse(queryOf(request))
    if (!query.success) return problems.validation(query.error, 'query')

    const { from, next: cursor, take: limit } = query.data
    const accountId = accountIdOf(pathParameters)
    const page = await listActivity({ caller, accountId, cursor: from ?? cursor, limit })
    if (!page.ok) return problems.refusal(page.refusal)
    const { events, next } = page.value
    return toJsonResponse({ activity: events.map(eventBody), next }, 200)
  })
}

async function parseBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  problems: Problems,
): Promise<z.output<Schema> | Response> {
  const body = await readJsonBody(request)
  if (!body.ok) return problems.body(body.refusal)
  const parsed = schema.safeParse(body.value)
  return parsed.success ? parsed.data : problems.validation(parsed.error, 'body')
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
