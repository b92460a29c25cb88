import type { Client } from '../domain/client.ts'
import type { ConnectLink } from '../domain/connect-link.ts'
import type { Connection, ScopeTexts } from '../domain/connection.ts'
import { decideConnect } from '../domain/decide-connect.ts'
import type { Identity } from '../domain/identity.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { connectDoneUri } from '../domain/vault-urls.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { Session } from '../ports/authorization-server.ts'
import type { ClientStore } from '../ports/client-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ProfileStore } from '../ports/profile-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { ConnectLinks } from './connect-links.ts'
import { findSignedIn, type FindSignedInDependencies } from './find-signed-in.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'
import { nameOf } from './view-account.ts'

export interface ConnectLinkRequest {
  /** The link's own part of its address. Attacker-controlled. */
  readonly link: string
  /** The `Cookie` header. Attacker-controlled. */
  readonly cookies: string | undefined
  readonly requestId: string
}

export type ConnectLinkRefusal =
  /** Nobody is logged in in this browser: nothing is shown before somebody is. */
  | { readonly reason: 'login_required' }
  /** Not ours, expired, somebody else's, or not allowed any more: one page for all. */
  | { readonly reason: 'link_invalid' }

/** What a person has to know before they agree (RV-68). All texts are to be escaped. */
export interface ConnectLinkView {
  /** Names the session; the form is bound to it. */
  readonly sessionId: string
  readonly userName: string
  readonly clientName: string
  readonly consent: Client['consent']
  readonly providerName: string
  readonly connection: string
  readonly scopes: readonly string[]
  readonly scopeTexts?: ScopeTexts | undefined
  /** The agent that asked, where the client named one. */
  readonly actor?: Identity | undefined
  /** The account that is to be connected again. Absent: whichever the person chooses. */
  readonly accountLabel?: string | undefined
  /** Origins the provider's login may lead through. */
  readonly consentOrigins: readonly string[]
}

export interface OpenedLink {
  readonly link: ConnectLink
  readonly session: Session
  readonly client: Client
  readonly connection: Connection
  readonly scopes: readonly string[]
  readonly accountLabel?: string | undefined
}

export interface OpenConnectLinkDependencies
  extends FindSignedInDependencies, RecordAuditDependencies {
  readonly clients: ClientStore
  readonly connections: ConnectionStore
  readonly accounts: AccountStore
  readonly profiles: ProfileStore
  readonly connectLinks: Pick<ConnectLinks, 'read'>
  readonly runtime: Pick<Runtime, 'now'>
}

export type OpenConnectLink = (
  request: ConnectLinkRequest,
) => Promise<Result<ConnectLinkView, ConnectLinkRefusal>>

/** Looks at a link, and changes nothing (R12). */
export function openConnectLink(dependencies: OpenConnectLinkDependencies): OpenConnectLink {
  return async (request) => {
    const opened = await findConnectLink(dependencies, request)
    if (!opened.ok) return opened
    const { link, session, client, connection, scopes, accountLabel } = opened.value
    return accept({
      sessionId: session.id,
      userName: await nameOf(dependencies, session.userId),
      clientName: client.name,
      consent: client.consent,
      providerName: connection.displayName,
      connection: connection.name,
      scopes,
      scopeTexts: connection.scopeTexts,
      actor: link.actor,
      accountLabel,
      consentOrigins: connection.consentOrigins,
    })
  }
}

/**
 * What a link leads to for whoever is logged in here. The browser's user is compared with the link's before anything of
 * it is looked at (RV-66): a link that was passed on connects nothing for anybody.
 */
export async function findConnectLink(
  dependencies: OpenConnectLinkDependencies,
  { link: text, cookies, requestId }: ConnectLinkRequest,
): Promise<Result<OpenedLink, ConnectLinkRefusal>> {
  const { tenant, issuer, users, connectLinks, runtime } = dependencies
  const link = await connectLinks.read(text)
  if (link === undefined) return refuse({ reason: 'link_invalid' })
  const session = await findSignedIn(dependencies, cookies)
  if (session === undefined) return refuse({ reason: 'login_required' })

  const userId = await users.findByIdentity({ tenant, identity: link.identity })
  if (userId !== session.userId) {
    await recordAudit(dependencies, {
      tenant,
      at: runtime.now(),
      type: 'connect.refused',
      outcome: 'refused',
      reason: 'user_mismatch',
      clientId: link.clientId,
      userId: session.userId,
      connection: link.connection,
      requestId,
    })
    return refuse({ reason: 'link_invalid' })
  }

  const { clients, connections, accounts } = dependencies
  const client = await clients.find({ tenant, clientId: link.clientId })
  if (client === undefined) return refuse({ reason: 'link_invalid' })
  const owned = await accounts.findOnConnection({ tenant, userId, connection: link.connection })
  // Again, with the policy of now: the link only says what was allowed when it was made.
  const decision = decideConnect({
    client,
    connection: await connections.find({ tenant, name: link.connection }),
    redirectUri: connectDoneUri(issuer),
    mode: 'link',
    scopes: link.scopes,
    scopesMode: 'accumulate',
    loginHint: link.accountId,
    accounts: owned,
  })
  if (!decision.ok) return refuse({ reason: 'link_invalid' })
  return accept({
    link,
    session,
    client,
    ...decision.value,
    accountLabel: owned.find(({ id }) => id === link.accountId)?.label,
  })
}
