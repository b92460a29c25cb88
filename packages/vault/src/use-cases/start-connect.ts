import { TICKET_SECONDS, ATTEMPT_SECONDS } from '../domain/attempt-lifetimes.ts'
import type { ConnectRefusal } from '../domain/connect-refusal.ts'
import { decideConnect } from '../domain/decide-connect.ts'
import { randomText } from '../domain/random-text.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { AttemptStore } from '../ports/attempt-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'
import type { UserStore } from '../ports/user-store.ts'
import type { MyAccountCaller } from './authorize-my-account.ts'
import { onceRecorded, recordAudit, type RecordAuditDependencies } from './record-audit.ts'

export interface StartConnectRequest {
  readonly caller: MyAccountCaller
  readonly connection: string
  readonly mode: 'ticket' | 'link'
  /** Where the browser ends: one of the client's registered redirect URIs, or with a link the vault's own page. */
  readonly redirectUri: string
  /** The app's own state, given back as it is. */
  readonly state?: string | undefined
  /** S256 (RFC 7636 section 4.2). */
  readonly codeChallenge?: string | undefined
  /** Absent: only what the connection always asks for. */
  readonly scopes?: readonly string[] | undefined
  readonly scopesMode: 'accumulate' | 'replace'
  /** Passed on to the provider; the allow-list is the wire schema's. */
  readonly authorizationParams: Readonly<Record<string, string>>
  readonly requestId: string
}

/** Bearer values, told once and stored as hashes. */
export interface StartedConnect {
  readonly ticket: string
  readonly authSession: string
  readonly expiresInSeconds: number
}

export type StartConnect = (
  request: StartConnectRequest,
) => Promise<Result<StartedConnect, ConnectRefusal>>

export interface StartConnectDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly connections: ConnectionStore
  readonly users: UserStore
  readonly accounts: AccountStore
  readonly attempts: AttemptStore
  /** Attempts of one user that are started and not completed (RV-111). */
  readonly pendingConnects: RateLimiter
  readonly hasher: SecretHasher
  readonly runtime: Runtime
}

/** Starts a connect flow for the caller's user (R11): nothing is granted yet. */
export function startConnect(dependencies: StartConnectDependencies): StartConnect {
  const { tenant, connections, users, accounts, attempts, pendingConnects, hasher, runtime } =
    dependencies

  return async (request) => {
    const { caller, requestId } = request
    const now = runtime.now()
    const connection = await connections.find({ tenant, name: request.connection })
    // Any text may come as a connection, a misplaced secret too: only the name of one is kept.
    const event = {
      tenant,
      at: now,
      clientId: caller.client.id,
      connection: connection?.name,
      requestId,
    }

    const known = { tenant, userId: caller.userId ?? '', connection: request.connection }
    const decision = decideConnect({
      ...request,
      client: caller.client,
      connection,
      loginHint: request.authorizationParams['login_hint'],
      accounts: caller.userId === undefined ? [] : await accounts.findOnConnection(known),
    })
    if (!decision.ok) {
      await recordAudit(dependencies, {
        ...event,
        type: 'connect.refused',
        outcome: 'refused',
        reason: decision.refusal.reason,
        userId: caller.userId,
      })
      return decision
    }

    const wait = await pendingConnects.take(pendingConnectsKey(tenant, caller))
    if (wait !== undefined) return refuse({ reason: 'too_many_attempts', retryAfterSeconds: wait })

    const userId = await users.findOrCreate({
      tenant,
      identity: caller.identity,
      userId: caller.provisionalUserId,
      now,
    })
    const ticket = randomText(runtime.randomBytes, 32)
    const authSession = randomText(runtime.randomBytes, 32)
    await attempts.insert({
      tenant,
      id: `att_${randomText(runtime.randomBytes, 22)}`,
      state: 'started',
      mode: request.mode,
      identity: caller.identity,
      userId,
      clientId: caller.client.id,
      connection: decision.value.connection.name,
      actor: caller.actor,
      scopes: decision.value.scopes,
      scopesMode: request.scopesMode,
      redirectUri: request.redirectUri,
      clientState: request.state,
      codeChallenge: request.codeChallenge,
      authorizationParams: request.authorizationParams,
      ticketHash: hasher.hash(ticket),
      authSessionHash: hasher.hash(authSession),
      expiresAt: now + ATTEMPT_SECONDS,
      createdAt: now,
    })
    return await onceRecorded(dependencies, {
      event: {
        ...event,
        type: 'connect.started',
        outcome: 'success',
        userId,
        actor: caller.actor,
        scopes: decision.value.scopes,
      },
      result: accept({ ticket, authSession, expiresInSeconds: TICKET_SECONDS }),
    })
  }
}

/** Whose attempts are counted together: one user's, whichever client starts them. */
export function pendingConnectsKey(
  tenant: string,
  { identity }: Pick<MyAccountCaller, 'identity'>,
): string {
  return JSON.stringify([tenant, identity.issuer, identity.subject])
}
