import type { Account } from '../domain/account.ts'
import type { ConnectAttempt } from '../domain/attempt.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { base64url } from '../domain/base64url.ts'
import { type Client, connectionPolicyOf } from '../domain/client.ts'
import type { Connection } from '../domain/connection.ts'
import type { ConnectRefusal, SessionRefusal } from '../domain/connect-refusal.ts'
import { scopesToAllow } from '../domain/consent.ts'
import { accountsNamedBy } from '../domain/named-accounts.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { AttemptStore } from '../ports/attempt-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { OutboxStore } from '../ports/outbox-store.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import { makeAccount, type MakeAccountDependencies } from './make-account.ts'
import { openPending, type PendingTokens, revocationOfPending } from './pending-tokens.ts'
import {
  recordAudit,
  type RecordAuditDependencies,
  UNAVAILABLE_RETRY_SECONDS,
} from './record-audit.ts'
import { recordConsent } from './record-consent.ts'
import { draftRevocation } from './revocation.ts'
import { pendingConnectsKey } from './start-connect.ts'

export interface CompleteConnectRequest {
  readonly caller: MyAccountCaller
  readonly authSession: string
  readonly connectCode: string
  readonly redirectUri: string
  readonly codeVerifier?: string | undefined
  readonly requestId: string
}

export type CompleteConnect = (
  request: CompleteConnectRequest,
) => Promise<Result<Account, ConnectRefusal>>

export interface CompleteConnectDependencies
  extends MakeAccountDependencies, RecordAuditDependencies {
  readonly consents: ConsentStore
  readonly connections: ConnectionStore
  readonly accounts: AccountStore
  readonly attempts: AttemptStore
  readonly outbox: OutboxStore
  readonly pendingConnects: RateLimiter
  readonly hasher: SecretHasher
  /** Told when there is something to deliver to a provider. */
  readonly outboxChanged: () => void
}

/** A refresh or another attempt may write the same account meanwhile; more often than this is not chance. */
const MAX_TURNS = 5

/**
 * Turns a returned attempt into an account, once. The user who started is the user who finishes (R11): bearer subject,
 * client, session, code, redirect URI and PKCE pair must all be those of the attempt.
 */
export function completeConnect(dependencies: CompleteConnectDependencies): CompleteConnect {
  const { tenant, attempts, hasher } = dependencies

  return async (request) => {
    const { caller, requestId } = request
    const attempt = await attempts.findByAuthSession({
      tenant,
      hash: hasher.hash(request.authSession),
    })
    const mismatch = whyNot(dependencies, request, attempt)
    if (attempt === undefined || mismatch !== undefined) {
      return await refuseSession(dependencies, request, attempt, mismatch ?? 'unknown')
    }

    return await completeAttempt(dependencies)({ attempt, client: caller.client, requestId })
  }
}

export type CompleteAttempt = (request: {
  /** Returned, and known to be in the hands of the user who started it. */
  readonly attempt: ConnectAttempt
  readonly client: Client
  readonly requestId: string
}) => Promise<Result<Account, ConnectRefusal>>

/** Turns the tokens that a returned attempt holds into an account, once. */
export function completeAttempt(dependencies: CompleteConnectDependencies): CompleteAttempt {
  const { tenant, connections, accounts, attempts, pendingConnects, runtime } = dependencies

  return async ({ attempt, client, requestId }) => {
    const event = eventOf(dependencies, attempt, requestId)
    const pending = await openPending(dependencies.sealer, attempt)
    const connection = await connections.find({ tenant, name: attempt.connection })
    if (pending === undefined) return refuse({ reason: 'session_invalid', why: 'not_returned' })
    if (connection === undefined || connectionPolicyOf(client, attempt.connection) === undefined) {
      await discard(dependencies, attempt)
      return refuse({ reason: 'connection_not_allowed' })
    }

    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const mine = await accounts.findOnConnection({
        tenant,
        userId: attempt.userId,
        connection: attempt.connection,
      })
      if (isAnotherAccount(attempt, pending, mine)) {
        await discard(dependencies, attempt)
        await recordAudit(dependencies, {
          ...event,
          type: 'connect.refused',
          outcome: 'refused',
          reason: 'account_changed',
        })
        return refuse({ reason: 'account_changed' })
      }

      const existing = mine.find(
        ({ providerAccountId }) => providerAccountId === pending.account.providerAccountId,
      )
      const made = await makeAccount(dependencies, {
        userId: attempt.userId,
        pending,
        connection,
        existing,
      })
      const written = await attempts.complete({
        tenant,
        id: attempt.id,
        account: made.account,
        replaces: existing && { generation: existing.generation },
        outbox: made.superseded,
        now: runtime.now(),
      })
      if (written) {
        if (made.superseded.length > 0) dependencies.outboxChanged()
        await pendingConnects.reset(pendingConnectsKey(tenant, attempt))
        const { account } = made
        const isRecorded = await allow(dependencies, { attempt, connection, account, requestId })
        return isRecorded ? await answer(dependencies, event, account, existing) : unavailable()
      }
      const again = await attempts.findByAuthSession({ tenant, hash: attempt.authSessionHash })
      if (again?.state !== 'returned') {
        return refuse({ reason: 'session_invalid', why: 'not_returned' })
      }
    }
    return unavailable()
  }
}

function whyNot(
  { hasher, runtime }: CompleteConnectDependencies,
  { caller, connectCode, redirectUri, codeVerifier }: CompleteConnectRequest,
  attempt: ConnectAttempt | undefined,
): SessionRefusal | undefined {
  // Without an app nobody has what a link's attempt would be completed with: the vault has done so itself.
  if (attempt === undefined || attempt.mode === 'link') return 'unknown'
  if (
    attempt.identity.issuer !== caller.identity.issuer ||
    attempt.identity.subject !== caller.identity.subject ||
    attempt.userId !== caller.userId
  ) {
    return 'user_mismatch'
  }
  if (attempt.clientId !== caller.client.id) return 'client_mismatch'
  if (attempt.state !== 'returned' || attempt.connectCodeHash === undefined) return 'not_returned'
  if (attempt.expiresAt <= runtime.now()) return 'expired'
  if (!hasher.matchesAny(connectCode, [attempt.connectCodeHash])) return 'connect_code_mismatch'
  if (attempt.redirectUri !== redirectUri) return 'redirect_uri_mismatch'
  // A verifier without a challenge is refused as well: somebody took the challenge out (RFC 9700 section 4.8).
  const challenge = codeVerifier === undefined ? undefined : base64url(hasher.hash(codeVerifier))
  return challenge === attempt.codeChallenge ? undefined : 'pkce_mismatch'
}

/** Says the same whatever was wrong. Who has code and session but is not their owner ends the attempt for everyone. */
async function refuseSession(
  dependencies: CompleteConnectDependencies,
  { caller, connectCode, requestId }: CompleteConnectRequest,
  attempt: ConnectAttempt | undefined,
  why: SessionRefusal,
): Promise<Result<never, ConnectRefusal>> {
  const { tenant, hasher, runtime } = dependencies
  const holdsCode =
    attempt?.connectCodeHash !== undefined &&
    hasher.matchesAny(connectCode, [attempt.connectCodeHash])
  if (attempt !== undefined && holdsCode && why !== 'expired') await discard(dependencies, attempt)
  await recordAudit(dependencies, {
    tenant,
    at: runtime.now(),
    type: 'connect.refused',
    outcome: 'refused',
    reason: why,
    clientId: caller.client.id,
    userId: caller.userId,
    connection: attempt?.connection,
    requestId,
  })
  return refuse({ reason: 'session_invalid', why })
}

/** Ends an attempt, and its tokens at the provider. */
async function discard(
  dependencies: CompleteConnectDependencies,
  attempt: ConnectAttempt,
): Promise<void> {
  const { tenant, attempts, outbox, sealer, runtime, outboxChanged } = dependencies
  const pending = await openPending(sealer, attempt)
  // First the local end: of two that discard, one revokes.
  if (!(await attempts.fail({ tenant, id: attempt.id })) || pending === undefined) return
  const draft = await draftRevocation(dependencies, revocationOfPending(attempt, pending))
  await outbox.put({ tenant, draft, now: runtime.now() })
  outboxChanged()
}

/** The caller asked for an account it has, and the person chose another one at the provider (RV-69). */
function isAnotherAccount(
  { authorizationParams }: ConnectAttempt,
  { account }: PendingTokens,
  mine: readonly Account[],
): boolean {
  const hint = authorizationParams['login_hint']
  const named = hint === undefined ? [] : accountsNamedBy(hint, mine)
  return (
    named.length > 0 &&
    named.every(({ providerAccountId }) => providerAccountId !== account.providerAccountId)
  )
}

/** The person said yes on our page, and was in this account at the provider: that is the consent (RV-70), not before. */
async function allow(
  dependencies: CompleteConnectDependencies,
  {
    attempt,
    connection,
    account,
    requestId,
  }: {
    readonly attempt: ConnectAttempt
    readonly connection: Connection
    readonly account: Account
    readonly requestId: string
  },
): Promise<boolean> {
  return await recordConsent(dependencies)({
    userId: attempt.userId,
    clientId: attempt.clientId,
    connection: connection.name,
    accountId: account.id,
    actor: attempt.actor,
    scopes: scopesToAllow({
      shown: attempt.scopes,
      granted: account.scopes,
      impliedScopes: connection.impliedScopes,
    }),
    requestId,
  })
}

async function answer(
  dependencies: CompleteConnectDependencies,
  event: ReturnType<typeof eventOf>,
  account: Account,
  existing: Account | undefined,
): Promise<Result<Account, ConnectRefusal>> {
  const recorded = await recordAudit(dependencies, {
    ...event,
    type: 'account.connected',
    outcome: 'success',
    accountId: account.id,
    generation: account.generation,
    scopes: account.scopes,
    details: { reconnected: existing !== undefined },
  })
  return recorded ? accept(account) : unavailable()
}

function unavailable(): Result<never, ConnectRefusal> {
  return refuse({ reason: 'vault_unavailable', retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS })
}

function eventOf(
  { tenant, runtime }: CompleteConnectDependencies,
  { clientId, userId, connection }: ConnectAttempt,
  requestId: string,
): Pick<AuditEvent, 'tenant' | 'at' | 'clientId' | 'userId' | 'connection' | 'requestId'> {
  return { tenant, at: runtime.now(), clientId, userId, connection, requestId }
}
