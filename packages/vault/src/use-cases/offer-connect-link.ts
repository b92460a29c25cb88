import type { Account } from '../domain/account.ts'
import type { Client } from '../domain/client.ts'
import { CONNECT_LINK_SECONDS } from '../domain/connect-link.ts'
import type { Connection } from '../domain/connection.ts'
import { consentActorOf } from '../domain/consent.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { UserStore } from '../ports/user-store.ts'
import type { ConnectLinks } from './connect-links.ts'
import { loginIssuersOf } from './open-interaction.ts'
import type { Parties } from './verify-parties.ts'

/** What an exchange was about that came to nothing for want of an account. */
export interface ConnectOffer {
  readonly client: Client
  readonly connection: Connection
  readonly parties: Parties
  /** Asked for, and within the client's policy. */
  readonly scopes: readonly string[]
  /** The one that is not good enough. Absent: there is none. */
  readonly account?: Account | undefined
}

/** A link by which the user can mend it; `undefined` where they could not follow it. */
export type OfferConnectLink = (offer: ConnectOffer) => Promise<string | undefined>

/**
 * Makes a link, if its user can log in at the vault as that user (R11): without a way to log in it would lead to nothing
 * but a page that says so.
 */
export function offerConnectLink({
  tenant,
  issuer,
  connections,
  users,
  connectLinks,
  runtime,
  loginConnections,
}: {
  readonly tenant: string
  readonly issuer: string
  readonly connections: ConnectionStore
  readonly users: UserStore
  readonly connectLinks: Pick<ConnectLinks, 'write'>
  readonly runtime: Pick<Runtime, 'now'>
  readonly loginConnections?: readonly string[] | undefined
}): OfferConnectLink {
  return async ({ client, connection, parties, scopes, account }) => {
    const { identity } = parties.subject
    const issuers = await loginIssuersOf({ tenant, connections, loginConnections })
    const userId = await users.findByIdentity({ tenant, identity })
    const identities =
      userId === undefined ? [identity] : await users.listIdentities({ tenant, userId })
    if (!identities.some(({ issuer }) => issuers.includes(issuer))) return undefined
    return await connectLinks.write({
      identity,
      clientId: client.id,
      connection: connection.name,
      scopes,
      actor: consentActorOf(parties.actor, { clientId: client.id, vaultIssuer: issuer }),
      accountId: account?.id,
      expiresAt: runtime.now() + CONNECT_LINK_SECONDS,
    })
  }
}
