import type { ConnectAttempt } from '../domain/attempt.ts'
import { isTicketLive } from '../domain/attempt-lifetimes.ts'
import { type Client, connectionPolicyOf } from '../domain/client.ts'
import type { Connection } from '../domain/connection.ts'
import { isRegisteredRedirectUri } from '../domain/redirect-uri.ts'
import type { AttemptStore } from '../ports/attempt-store.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { SecretHasher } from '../ports/secret-hasher.ts'

/** An attempt that waits for the person's yes or no. */
export interface OpenAttempt {
  readonly attempt: ConnectAttempt
  readonly client: Client
  readonly connection: Connection
}

export interface FindOpenAttemptDependencies {
  readonly tenant: string
  readonly clients: ClientStore
  readonly connections: ConnectionStore
  readonly attempts: AttemptStore
  readonly hasher: SecretHasher
  readonly runtime: Runtime
}

/**
 * The attempt a ticket belongs to, if it may still go on. `undefined` for a ticket that is unknown, used or expired,
 * and when the policy no longer allows what was asked: a page tells them all apart for nobody.
 */
export async function findOpenAttempt(
  { tenant, clients, connections, attempts, hasher, runtime }: FindOpenAttemptDependencies,
  ticket: string,
): Promise<OpenAttempt | undefined> {
  const attempt = await attempts.findByTicket({ tenant, hash: hasher.hash(ticket) })
  if (attempt === undefined || !isTicketLive(attempt, runtime.now())) return undefined

  const client = await clients.find({ tenant, clientId: attempt.clientId })
  const connection = await connections.find({ tenant, name: attempt.connection })
  if (client === undefined || connection === undefined) return undefined
  const leadsBack =
    attempt.mode === 'link' || isRegisteredRedirectUri(client.redirectUris, attempt.redirectUri)
  return connectionPolicyOf(client, connection.name) !== undefined && leadsBack
    ? { attempt, client, connection }
    : undefined
}
