import type { ConnectAttempt } from '../domain/attempt.ts'
import { CONNECT_CODE_SECONDS } from '../domain/attempt-lifetimes.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { answerToProviderFailure, type CallbackError } from '../domain/callback-answer.ts'
import type { Connection } from '../domain/connection.ts'
import { readJsonRecord } from '../domain/json-record.ts'
import { randomText } from '../domain/random-text.ts'
import { withAnswer } from '../domain/redirect-uri.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { missingScopes, withImpliedScopes } from '../domain/scope.ts'
import { callbackUri } from '../domain/vault-urls.ts'
import type { AttemptStore } from '../ports/attempt-store.ts'
import type { AuthorizationServer } from '../ports/authorization-server.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { OutboxStore } from '../ports/outbox-store.ts'
import type { ProviderClient } from '../ports/provider-client.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { Sealer } from '../ports/sealer.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import type { BrowserRefusal } from './approve-connect.ts'
import type { CompleteAttempt } from './complete-connect.ts'
import { type PendingTokens, revocationOfPending, sealPending } from './pending-tokens.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'
import { draftRevocation } from './revocation.ts'
import { attemptSealContext } from './seal-contexts.ts'

export interface FinishCallbackRequest {
  /** Of the path: each connection has a redirect URI of its own (RV-63). */
  readonly connection: string
  /** The callback's query as received: attacker-controlled. */
  readonly parameters: URLSearchParams
  /** The `Cookie` header: who is logged in here. */
  readonly cookies: string | undefined
  /** This browser's binding secrets, by attempt id. */
  readonly bindings: ReadonlyMap<string, string>
  readonly requestId: string
}

export interface FinishedCallback {
  /** The app's redirect URI with `connect_code`, or with `error`; without an app, the vault's own page. */
  readonly location: string
  /** Whose binding cookie has served. */
  readonly attemptId: string
}

export type FinishCallback = (
  request: FinishCallbackRequest,
) => Promise<Result<FinishedCallback, BrowserRefusal>>

export interface FinishCallbackDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly issuer: string
  readonly authorizationServer: Pick<AuthorizationServer, 'findSession'>
  readonly clients: ClientStore
  readonly connections: ConnectionStore
  readonly attempts: AttemptStore
  readonly outbox: OutboxStore
  readonly completeAttempt: CompleteAttempt
  readonly providerClient: ProviderClient
  readonly sealer: Sealer
  readonly hasher: SecretHasher
  readonly runtime: Runtime
}

/**
 * Takes the provider's answer (RFC 6749 section 4.1.2). Nothing of it is believed before state, browser and connection
 * belong together; then its code is redeemed, once, and the tokens wait, sealed, for the app to complete. Where there is
 * no app, the user must be the one whose link it was (R11, RV-66), and the vault completes.
 */
export function finishCallback(dependencies: FinishCallbackDependencies): FinishCallback {
  const { tenant, connections, attempts } = dependencies

  return async (request) => {
    const { parameters, requestId } = request
    const returned = await findReturned(dependencies, request)
    if (!returned.ok) return returned
    const attempt = returned.value
    const connection = await connections.find({ tenant, name: attempt.connection })
    // Compare-and-set: of two answers with one state, only one gets further.
    if (connection === undefined || !(await attempts.takeReturn({ tenant, id: attempt.id }))) {
      return refuse({ reason: 'link_invalid' })
    }

    const brought = await redeem(dependencies, attempt, connection, parameters)
    if (!brought.ok) {
      await attempts.fail({ tenant, id: attempt.id })
      const { answer, reason } = brought.refusal
      const recorded = await recordAudit(dependencies, {
        ...eventOf(dependencies, attempt, requestId),
        type: 'connect.refused',
        outcome: 'failed',
        reason,
      })
      if (answer.error !== 'access_denied') {
        dependencies.logger.warn('connecting failed at the provider', {
          requestId,
          clientId: attempt.clientId,
          connection: connection.name,
          code: reason,
        })
      }
      return recorded
        ? accept({ attemptId: attempt.id, location: answerTo(attempt, { ...answer }) })
        : refuse({ reason: 'vault_unavailable' })
    }
    const kept = await keep(dependencies, { attempt, connection, requestId }, brought.value)
    return kept.ok && attempt.mode === 'link'
      ? await complete(dependencies, attempt, requestId)
      : kept
  }
}

/** The attempt that this answer, in this browser, at this redirect URI, can belong to. */
async function findReturned(
  dependencies: FinishCallbackDependencies,
  { connection, parameters, bindings, cookies, requestId }: FinishCallbackRequest,
): Promise<Result<ConnectAttempt, BrowserRefusal>> {
  const { tenant, attempts, hasher, runtime } = dependencies
  const [state, ...repeated] = parameters.getAll('state')
  if (state === undefined || state === '' || repeated.length > 0) {
    return refuse({ reason: 'link_invalid' })
  }
  const attempt = await attempts.findByProviderState({ tenant, hash: hasher.hash(state) })
  if (attempt === undefined) return refuse({ reason: 'link_invalid' })

  const binding = bindings.get(attempt.id)
  const reason =
    binding === undefined ||
    attempt.browserHash === undefined ||
    !hasher.matchesAny(binding, [attempt.browserHash])
      ? 'browser_mismatch'
      : attempt.connection !== connection
        ? 'connection_mismatch'
        : attempt.expiresAt <= runtime.now()
          ? 'expired'
          : attempt.state !== 'redirected'
            ? 'replayed'
            : (await isInOwnersHands(dependencies, attempt, cookies))
              ? undefined
              : 'user_mismatch'
  if (reason === undefined) return accept(attempt)

  await recordAudit(dependencies, {
    ...eventOf(dependencies, attempt, requestId),
    type: 'connect.refused',
    outcome: 'refused',
    reason,
  })
  return refuse({ reason: 'link_invalid' })
}

/** With an app, the app says who the user is, when it completes. */
async function isInOwnersHands(
  { authorizationServer }: FinishCallbackDependencies,
  { mode, userId }: ConnectAttempt,
  cookies: string | undefined,
): Promise<boolean> {
  if (mode === 'ticket') return true
  return (await authorizationServer.findSession({ cookies }))?.userId === userId
}

async function redeem(
  { issuer, providerClient, sealer }: FinishCallbackDependencies,
  attempt: ConnectAttempt,
  connection: Connection,
  parameters: URLSearchParams,
): Promise<Result<PendingTokens, { readonly answer: CallbackError; readonly reason: string }>> {
  const { providerSecrets } = attempt
  if (providerSecrets === undefined) {
    throw new Error(`Attempt ${attempt.id} was redirected without secrets towards the provider`)
  }
  const secrets = readJsonRecord(
    await sealer.open(providerSecrets, attemptSealContext(attempt, 'provider_secrets')),
  )
  const redeemed = await providerClient.redeemCode({
    connection,
    redirectUri: callbackUri(issuer, connection.name),
    callbackParameters: parameters,
    expectedState: parameters.get('state') ?? '',
    codeVerifier: secrets.text('codeVerifier'),
    nonce: secrets.text('nonce'),
  })
  if (!redeemed.ok) {
    const { refusal } = redeemed
    const step = parameters.has('error') ? 'provider' : 'code'
    return refuse({ answer: answerToProviderFailure(refusal), reason: `${step}_${refusal.code}` })
  }
  const { tokens, account } = redeemed.value
  return accept({ tokens, account, scopes: tokens.scopes ?? attempt.scopes })
}

async function keep(
  dependencies: FinishCallbackDependencies,
  {
    attempt,
    connection,
    requestId,
  }: {
    readonly attempt: ConnectAttempt
    readonly connection: Connection
    readonly requestId: string
  },
  pending: PendingTokens,
): Promise<Result<FinishedCallback, BrowserRefusal>> {
  const { tenant, attempts, outbox, sealer, hasher, runtime } = dependencies
  const now = runtime.now()
  const connectCode = randomText(runtime.randomBytes, 32)
  const kept = await attempts.recordReturn({
    tenant,
    id: attempt.id,
    connectCodeHash: hasher.hash(connectCode),
    pending: await sealPending(sealer, attempt, pending),
    providerAccountId: pending.account.providerAccountId,
    expiresAt: now + CONNECT_CODE_SECONDS,
  })
  if (!kept) {
    const revocation = revocationOfPending(attempt, pending)
    await outbox.put({ tenant, draft: await draftRevocation(dependencies, revocation), now })
    return refuse({ reason: 'link_invalid' })
  }

  const covered = withImpliedScopes(pending.scopes, connection.impliedScopes)
  const recorded = await recordAudit(dependencies, {
    ...eventOf(dependencies, attempt, requestId),
    type: 'connect.returned',
    outcome: 'success',
    scopes: pending.scopes,
    details: { missing_scopes: missingScopes(attempt.scopes, covered).length },
  })
  return recorded
    ? accept({
        attemptId: attempt.id,
        location: answerTo(attempt, { connect_code: connectCode }),
      })
    : refuse({ reason: 'vault_unavailable' })
}

async function complete(
  { tenant, attempts, clients, completeAttempt }: FinishCallbackDependencies,
  { id: attemptId, authSessionHash, clientId }: ConnectAttempt,
  requestId: string,
): Promise<Result<FinishedCallback, BrowserRefusal>> {
  const attempt = await attempts.findByAuthSession({ tenant, hash: authSessionHash })
  const client = await clients.find({ tenant, clientId })
  if (attempt === undefined || client === undefined) return refuse({ reason: 'link_invalid' })
  const completed = await completeAttempt({ attempt, client, requestId })
  if (completed.ok) {
    return accept({ attemptId, location: answerTo(attempt, { account: completed.value.id }) })
  }
  const { reason } = completed.refusal
  if (reason === 'vault_unavailable') return refuse({ reason })
  const error = reason === 'account_changed' ? reason : 'server_error'
  return accept({ attemptId, location: answerTo(attempt, { error }) })
}

function answerTo(attempt: ConnectAttempt, answer: Readonly<Record<string, string>>): string {
  return withAnswer(attempt.redirectUri, { ...answer, state: attempt.clientState })
}

function eventOf(
  { tenant, runtime }: FinishCallbackDependencies,
  { clientId, userId, connection }: ConnectAttempt,
  requestId: string,
): Pick<AuditEvent, 'tenant' | 'at' | 'clientId' | 'userId' | 'connection' | 'requestId'> {
  return { tenant, at: runtime.now(), clientId, userId, connection, requestId }
}
