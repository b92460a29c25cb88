import { accountClient } from '../domain/account-client.ts'
import { refuse, type Result } from '../domain/result.ts'
import type { Session } from '../ports/authorization-server.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import { OTHER_LOGIN_SECONDS } from './add-identity.ts'
import type { BrowserRefusal, ConnectRedirect } from './approve-connect.ts'
import { isFresh } from './find-signed-in.ts'
import { loginConnectionsOf } from './open-interaction.ts'
import { redirectToLogin, type RedirectToLoginDependencies } from './redirect-to-login.ts'

export type StartAddingIdentity = (request: {
  readonly session: Session
  /** A connection's name, as chosen. Attacker-controlled. */
  readonly connection: string
  readonly requestId: string
}) => Promise<Result<ConnectRedirect, BrowserRefusal | { readonly reason: 'login_too_old' }>>

export interface StartAddingIdentityDependencies extends RedirectToLoginDependencies {
  readonly connections: ConnectionStore
  readonly loginConnections?: readonly string[] | undefined
}

/**
 * Sends somebody to log in a second time, with what is to become one more way to log in. Both logins are fresh: the
 * present one by its age, the other one because it happens now.
 */
export function startAddingIdentity(
  dependencies: StartAddingIdentityDependencies,
): StartAddingIdentity {
  const { runtime } = dependencies
  return async ({ session, connection: name, requestId }) => {
    if (!isFresh(session, runtime.now())) return refuse({ reason: 'login_too_old' })
    const connection = (await loginConnectionsOf(dependencies)).find((one) => one.name === name)
    if (connection?.login === undefined) return refuse({ reason: 'link_invalid' })
    return await redirectToLogin(dependencies, {
      goal: { kind: 'identity', userId: session.userId, sessionId: session.id },
      client: accountClient(dependencies),
      connection,
      scopes: connection.login.scopes,
      parameters: { prompt: 'select_account', max_age: String(OTHER_LOGIN_SECONDS) },
      requestId,
    })
  }
}
