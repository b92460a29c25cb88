import type {
  AccountFilter,
  AvailableConnection,
  CompleteRequest,
  ConnectAttempt,
  ConnectedAccount,
  ConnectRequest,
} from './connected-accounts.ts'
import {
  type Page,
  parseAccount,
  parseAccounts,
  parseAttempt,
  parseConnections,
  parseProblem,
} from './my-account-answer.ts'
import { type MyAccountOperation, toMyAccountCode } from './my-account-codes.ts'
import type { Runtime } from './runtime.ts'
import { type HttpAnswer, retryAfterSeconds, sendOnce, sendWithRetries } from './send-request.ts'
import { loginRequired } from './user-must-act.ts'
import { ValetKeyError } from './valet-key-error.ts'
import type { VaultConnection } from './vault-connection.ts'
import type { VaultSettings } from './vault-settings.ts'

/** With what to ask the My Account API. */
export interface MyAccountSession {
  readonly settings: VaultSettings
  readonly runtime: Runtime
  /** An access token for `{issuer}me/`. */
  readonly token: string
  /** Sends a request when the token is bound to a key; `undefined` for a bearer token. */
  readonly sendWithProof: VaultConnection['sendWithProof'] | undefined
  readonly signal: AbortSignal | undefined
}

const pageSize = 20
const mostPages = 50

/** `POST connect`. */
export async function startConnecting(
  session: MyAccountSession,
  request: ConnectRequest,
): Promise<ConnectAttempt> {
  const { scopes = [], authorizationParams } = request
  const answer = await send(session, {
    operation: 'connect',
    method: 'POST',
    path: '/connect',
    body: {
      connection: request.connection,
      redirect_uri: request.redirectUri,
      state: request.state,
      code_challenge: request.codeChallenge,
      code_challenge_method: 'S256',
      // An empty list is refused.
      ...(scopes.length === 0 ? {} : { scopes }),
      ...(authorizationParams === undefined ? {} : { authorization_params: authorizationParams }),
    },
    retries: 2,
  })
  return parseAttempt(answer.text) ?? invalid(session, answer)
}

/** `POST complete`; never repeated, because the code is good for one try. */
export async function finishConnecting(
  session: MyAccountSession,
  request: CompleteRequest,
): Promise<ConnectedAccount> {
  const answer = await send(session, {
    operation: 'complete',
    method: 'POST',
    path: '/complete',
    body: {
      auth_session: request.authSession,
      connect_code: request.connectCode,
      redirect_uri: request.redirectUri,
      code_verifier: request.codeVerifier,
    },
    retries: 0,
  })
  return parseAccount(answer.text) ?? invalid(session, answer)
}

/** `GET accounts`, all pages. */
export async function listAccounts(
  session: MyAccountSession,
  { connection }: AccountFilter,
): Promise<readonly ConnectedAccount[]> {
  const query = connection === undefined ? {} : { connection }
  return await allPages(session, '/accounts', query, parseAccounts)
}

/** `GET connections`, all pages. */
export async function listConnections(
  session: MyAccountSession,
): Promise<readonly AvailableConnection[]> {
  return await allPages(session, '/connections', {}, parseConnections)
}

/** `DELETE accounts/{id}`. */
export async function deleteAccount(session: MyAccountSession, id: string): Promise<void> {
  await send(session, {
    operation: 'delete',
    method: 'DELETE',
    path: `/accounts/${encodeURIComponent(id)}`,
    retries: 2,
  })
}

async function allPages<Item>(
  session: MyAccountSession,
  path: string,
  query: Readonly<Record<string, string>>,
  parse: (text: string) => Page<Item> | undefined,
): Promise<readonly Item[]> {
  const items: Item[] = []
  const seen = new Set<string>()
  let from: string | undefined
  for (let pages = 0; pages < mostPages; pages += 1) {
    const parameters = new URLSearchParams({ ...query, take: String(pageSize) })
    if (from !== undefined) parameters.set('from', from)
    const answer = await send(session, {
      operation: 'list',
      method: 'GET',
      path: `${path}?${parameters}`,
      retries: 2,
    })
    const page = parse(answer.text) ?? invalid(session, answer)
    items.push(...page.items)
    if (page.next === undefined || page.next === '') return items
    // A cursor that comes again would go round for ever.
    if (seen.has(page.next)) return invalid(session, answer)
    seen.add(page.next)
    from = page.next
  }
  return items
}

interface MyAccountRequest {
  readonly operation: MyAccountOperation
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly retries: number
}

async function send(session: MyAccountSession, request: MyAccountRequest): Promise<HttpAnswer> {
  const { settings, runtime, token, signal, sendWithProof } = session
  const { operation, method, path, retries } = request
  const url = `${settings.address.connectedAccountsUrl}${path}`
  const body = request.body === undefined ? null : JSON.stringify(request.body)
  const headers = {
    accept: 'application/json',
    ...(body === null ? {} : { 'content-type': 'application/json' }),
  }
  const sent = await sendWithRetries(
    runtime,
    { timeoutSeconds: settings.timeoutSeconds, retries, signal },
    (attemptSignal) => {
      if (sendWithProof !== undefined) {
        return sendWithProof({ url, method, headers, body, token }, attemptSignal)
      }
      const authorized = { ...headers, authorization: `Bearer ${token}` }
      return sendOnce(runtime, url, { method, headers: authorized, body }, attemptSignal)
    },
  )
  const { issuer } = settings.address
  if (!sent.ok) {
    const isOurs = sent.refusal.reason === 'network' || sent.refusal.reason === 'timeout'
    throw new ValetKeyError(
      isOurs ? 'vault_unavailable' : 'protocol_error',
      isOurs
        ? `The vault at ${issuer} cannot be reached. Try again later.`
        : `The vault at ${issuer} gave no valid answer about connected accounts.`,
      { cause: sent.refusal.cause },
    )
  }
  const answer = sent.value
  if (answer.status >= 200 && answer.status < 300) return answer
  // What is gone stays gone: a repeated delete ends where the first one did.
  if (operation === 'delete' && answer.status === 404) return answer
  throw fromProblem(answer, operation, session)
}

function fromProblem(
  answer: HttpAnswer,
  operation: MyAccountOperation,
  { settings, runtime, token }: MyAccountSession,
): ValetKeyError {
  const { title, detail, vaultError } = parseProblem(answer.text)
  const code = toMyAccountCode(operation, answer.status, vaultError)
  if (code === 'login_required') return loginRequired('Your login has expired. Log in again.')
  const words = [vaultError, title, detail]
    .filter((word) => word !== undefined)
    .map((word) => JSON.stringify(word.replaceAll(token, '[redacted]').slice(0, 300)))
  return new ValetKeyError(
    code,
    `${sentences[operation]} at ${settings.address.issuer} (${[`status ${answer.status}`, ...words].join(', ')}).`,
    {
      status: answer.status,
      retryAfterSeconds: retryAfterSeconds(answer.headers, runtime.now()),
    },
  )
}

const sentences: Record<MyAccountOperation, string> = {
  connect: 'The connect flow could not be started',
  complete: 'The connect flow could not be completed: start it again',
  list: 'The connected accounts could not be listed',
  delete: 'The account could not be disconnected',
}

function invalid({ settings }: MyAccountSession, { status }: HttpAnswer): never {
  throw new ValetKeyError(
    'protocol_error',
    `The vault at ${settings.address.issuer} gave no valid answer about connected accounts.`,
    { status },
  )
}
