import type { Account } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { base64url } from '../domain/base64url.ts'
import { type Client, connectionPolicyOf } from '../domain/client.ts'
import type { Connection } from '../domain/connection.ts'
import { scopesToAllow } from '../domain/consent.ts'
import { type LoginAttempt, type LoginGoal, mayReplaceTokens } from '../domain/login.ts'
import { loginTime } from '../domain/login-time.ts'
import type { ProviderProfile } from '../domain/provider-tokens.ts'
import { randomText } from '../domain/random-text.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { callbackUri } from '../domain/vault-urls.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { AuthorizationServer, InteractionResult } from '../ports/authorization-server.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { OutboxStore } from '../ports/outbox-store.ts'
import type { ProfileStore } from '../ports/profile-store.ts'
import type { ProviderClient } from '../ports/provider-client.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import type { UserStore } from '../ports/user-store.ts'
import { addIdentity, notAddedUri } from './add-identity.ts'
import type { BrowserRefusal } from './approve-connect.ts'
import type { FinishCallbackRequest, FinishedCallback } from './finish-callback.ts'
import type { LoginAttempts } from './login-attempts.ts'
import { makeAccount, type MakeAccountDependencies } from './make-account.ts'
import type { PendingTokens } from './pending-tokens.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'
import { recordConsent } from './record-consent.ts'
import { draftRevocation } from './revocation.ts'

export type FinishLogin = (
  request: FinishCallbackRequest,
) => Promise<Result<FinishedCallback, BrowserRefusal>>

export interface FinishLoginDependencies extends RecordAuditDependencies, MakeAccountDependencies {
  readonly issuer: string
  readonly authorizationServer: AuthorizationServer
  readonly clients: ClientStore
  readonly connections: ConnectionStore
  readonly users: UserStore
  readonly accounts: AccountStore
  readonly consents: ConsentStore
  readonly outbox: OutboxStore
  readonly profiles: ProfileStore
  readonly providerClient: ProviderClient
  readonly loginAttempts: LoginAttempts
  readonly hasher: SecretHasher
  readonly outboxChanged: () => void
}

/** Someone else may write the account in between; then the new state of it is looked at. */
const MAX_TURNS = 3

/**
 * Takes the provider's answer to a login. Nothing of it is believed before state, browser and connection belong
 * together; then its code is redeemed, once. The user is the one with this name at this provider, never one with the
 * same e-mail address (RV-35), and is made if there is none.
 */
export function finishLogin(dependencies: FinishLoginDependencies): FinishLogin {
  const { tenant, clients, connections, loginAttempts, runtime } = dependencies
  return async (request) => {
    const returned = await findReturned(dependencies, request)
    if (!returned.ok) return returned
    const attempt = returned.value
    const connection = await connections.find({ tenant, name: attempt.connection })
    const client = await clients.find({ tenant, clientId: attempt.clientId })
    const state = request.parameters.get('state') ?? ''
    if (
      connection?.login === undefined ||
      client === undefined ||
      !(await loginAttempts.take(state))
    ) {
      return refuse({ reason: 'link_invalid' })
    }

    const { requestId } = request
    const redeemed = await dependencies.providerClient.redeemCode({
      connection,
      redirectUri: callbackUri(dependencies.issuer, connection.name),
      callbackParameters: request.parameters,
      expectedState: state,
      codeVerifier: attempt.codeVerifier,
      nonce: attempt.nonce,
    })
    if (!redeemed.ok) {
      const step = request.parameters.has('error') ? 'provider' : 'code'
      const reason = `${step}_${redeemed.refusal.code}`
      const recorded = await recordAudit(dependencies, {
        ...eventOf(dependencies, attempt, requestId),
        type: 'login.refused',
        outcome: 'failed',
        reason,
      })
      if (!recorded) return refuse({ reason: 'vault_unavailable' })
      const isRefusal = request.parameters.get('error') === 'access_denied'
      // Not the user's to mend, and the app hears no more than that it failed.
      if (!isRefusal) {
        dependencies.logger.warn('a login failed at the provider', {
          requestId,
          clientId: client.id,
          connection: connection.name,
          code: reason,
        })
      }
      return await goOn(dependencies, attempt, {
        kind: 'error',
        error: isRefusal
          ? 'access_denied'
          : redeemed.refusal.kind === 'operator'
            ? 'server_error'
            : 'temporarily_unavailable',
      })
    }

    const { tokens, account } = redeemed.value
    const pending = { tokens, account, scopes: tokens.scopes ?? attempt.scopes }
    const login = { attempt, client, connection, pending, requestId }
    const identity = { issuer: connection.login.issuer, subject: account.providerAccountId }
    if (attempt.goal.kind === 'identity') {
      const { goal } = attempt
      // The vault's pages have no use for the tokens: they end here.
      await storeTokens(dependencies, login, goal.userId)
      const event = eventOf(dependencies, attempt, requestId)
      const added = await addIdentity(dependencies, {
        identity,
        authenticatedAt: account.profile?.authenticatedAt,
        userId: goal.userId,
        event,
      })
      return added.ok ? accept({ location: added.value, attemptId: attempt.id }) : added
    }
    const userId = await dependencies.users.findOrCreate({
      tenant,
      identity,
      userId: `usr_${randomText(runtime.randomBytes, 22)}`,
      now: runtime.now(),
    })
    await dependencies.profiles.replace(userId, profileOf(account.profile ?? {}))
    const stored = await storeTokens(dependencies, login, userId)
    const recorded = await recordAudit(dependencies, {
      ...eventOf(dependencies, attempt, requestId),
      type: 'login.succeeded',
      outcome: 'success',
      userId,
      scopes: pending.scopes,
      ...(stored !== undefined && { accountId: stored.id, generation: stored.generation }),
      details: { tokens_stored: stored !== undefined },
    })
    if (!recorded || !(await allow(dependencies, login, stored))) {
      return refuse({ reason: 'vault_unavailable' })
    }
    return await goOn(dependencies, attempt, {
      kind: 'login',
      userId,
      authenticatedAt: loginTime(account.profile?.authenticatedAt, runtime.now()),
    })
  }
}

interface Login {
  readonly attempt: LoginAttempt
  readonly client: Client
  readonly connection: Connection
  readonly pending: PendingTokens
  readonly requestId: string
}

/** The login that this answer, in this browser, at this redirect URI, can belong to. */
async function findReturned(
  dependencies: FinishLoginDependencies,
  { connection, parameters, bindings, cookies, requestId }: FinishCallbackRequest,
): Promise<Result<LoginAttempt, BrowserRefusal>> {
  const { loginAttempts, hasher, runtime } = dependencies
  const [state, ...repeated] = parameters.getAll('state')
  const attempt =
    state === undefined || repeated.length > 0 ? undefined : await loginAttempts.find(state)
  if (attempt === undefined) return refuse({ reason: 'link_invalid' })

  const binding = bindings.get(attempt.id)
  const reason =
    binding === undefined || base64url(hasher.hash(binding)) !== attempt.browserHash
      ? 'browser_mismatch'
      : attempt.connection !== connection
        ? 'connection_mismatch'
        : attempt.expiresAt <= runtime.now()
          ? 'expired'
          : (await isStillThere(dependencies, attempt.goal, cookies))
            ? undefined
            : 'user_mismatch'
  if (reason === undefined) return accept(attempt)
  await recordAudit(dependencies, {
    ...eventOf(dependencies, attempt, requestId),
    type: 'login.refused',
    outcome: 'refused',
    reason,
  })
  return refuse({ reason: 'link_invalid' })
}

/** Who asked for one more way to log in is the one who gets it: the same session, of the same user. */
async function isStillThere(
  { authorizationServer }: FinishLoginDependencies,
  goal: LoginGoal,
  cookies: string | undefined,
): Promise<boolean> {
  if (goal.kind === 'interaction') return true
  const session = await authorizationServer.findSession({ cookies })
  return session?.id === goal.sessionId && session.userId === goal.userId
}

/** Lets what the login is for go on, with what became of it. */
async function goOn(
  { authorizationServer, issuer }: FinishLoginDependencies,
  { goal, id: attemptId }: LoginAttempt,
  result: InteractionResult,
): Promise<Result<FinishedCallback, BrowserRefusal>> {
  if (goal.kind === 'identity') return accept({ location: notAddedUri(issuer, result), attemptId })
  const next = await authorizationServer.finishInteraction({ id: goal.id, result })
  return next === undefined
    ? refuse({ reason: 'link_invalid' })
    : accept({ location: next.location, attemptId })
}

/**
 * Keeps the tokens as the user's account, where the client may have any of the connection (R8), and where nothing is
 * lost by it (R9). What is not kept ends at the provider, if it can end alone (R10).
 */
async function storeTokens(
  dependencies: FinishLoginDependencies,
  { client, connection, pending }: Login,
  userId: string,
): Promise<Account | undefined> {
  const { tenant, accounts, outbox, runtime, outboxChanged } = dependencies
  const isWanted = connectionPolicyOf(client, connection.name) !== undefined
  for (let turn = 0; isWanted && turn < MAX_TURNS; turn++) {
    const mine = await accounts.findOnConnection({ tenant, userId, connection: connection.name })
    const existing = mine.find(
      ({ providerAccountId }) => providerAccountId === pending.account.providerAccountId,
    )
    if (existing !== undefined && !replaces(connection, existing, pending)) break
    const made = await makeAccount(dependencies, { userId, pending, connection, existing })
    const written = await accounts.put({
      account: made.account,
      replaces: existing && { generation: existing.generation },
      outbox: made.superseded,
      now: runtime.now(),
    })
    if (!written) continue
    if (made.superseded.length > 0) outboxChanged()
    return made.account
  }
  if (connection.behaviour.revocation === 'token') {
    const draft = await draftRevocation(dependencies, {
      connection: connection.name,
      providerAccountId: pending.account.providerAccountId,
      userId,
      accessToken: pending.tokens.accessToken,
      refreshToken: pending.tokens.refreshToken,
    })
    await outbox.put({ tenant, draft, now: runtime.now() })
    outboxChanged()
  }
  return undefined
}

/**
 * A login counts as consent (R8): to a client that needs none, and to one that has to ask, whose users get here only by
 * the page that names the scopes.
 */
async function allow(
  dependencies: FinishLoginDependencies,
  { attempt, client, connection, requestId }: Login,
  account: Account | undefined,
): Promise<boolean> {
  if (account === undefined) return true
  return await recordConsent(dependencies)({
    userId: account.userId,
    clientId: client.id,
    connection: connection.name,
    accountId: account.id,
    scopes: scopesToAllow({
      shown: attempt.scopes,
      granted: account.scopes,
      impliedScopes: connection.impliedScopes,
    }),
    requestId,
  })
}

function replaces(connection: Connection, existing: Account, pending: PendingTokens): boolean {
  const isGone = existing.state === 'revoked' || existing.state === 'reauth_required'
  return (
    isGone ||
    mayReplaceTokens(
      connection,
      { scopes: existing.scopes, hasRefreshToken: existing.refreshToken !== undefined },
      {
        scopes: pending.scopes,
        hasRefreshToken: pending.tokens.refreshToken !== undefined,
      },
    )
  )
}

function profileOf({
  authenticatedAt: _isOfTheLogin,
  ...profile
}: ProviderProfile): Omit<ProviderProfile, 'authenticatedAt'> {
  return profile
}

function eventOf(
  { tenant, runtime }: FinishLoginDependencies,
  { clientId, connection }: LoginAttempt,
  requestId: string,
): Pick<AuditEvent, 'tenant' | 'at' | 'clientId' | 'connection' | 'requestId'> {
  return { tenant, at: runtime.now(), clientId, connection, requestId }
}
