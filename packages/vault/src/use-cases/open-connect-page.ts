import type { Client } from '../domain/client.ts'
import type { ScopeTexts } from '../domain/connection.ts'
import type { Identity } from '../domain/identity.ts'
import { returnHost } from '../domain/redirect-uri.ts'
import { findOpenAttempt, type FindOpenAttemptDependencies } from './find-open-attempt.ts'

/** What a person has to know before they agree (RV-71). All texts are to be escaped. */
export interface ConnectPageView {
  readonly clientName: string
  readonly consent: Client['consent']
  /** The provider, for people. */
  readonly providerName: string
  readonly connection: string
  /** The agent that will act, where the client named one. Both texts are another system's. */
  readonly actor?: Identity | undefined
  readonly scopes: readonly string[]
  readonly scopeTexts?: ScopeTexts | undefined
  readonly returnHost: string
  readonly redirectUri: string
  /** Origins the provider's login may lead through. */
  readonly consentOrigins: readonly string[]
}

export type OpenConnectPage = (request: {
  readonly ticket: string
}) => Promise<ConnectPageView | undefined>

/** Looks at a ticket and changes nothing: link previews and scanners open links too (R12). */
export function openConnectPage(dependencies: FindOpenAttemptDependencies): OpenConnectPage {
  return async ({ ticket }) => {
    const open = await findOpenAttempt(dependencies, ticket)
    return (
      open && {
        clientName: open.client.name,
        consent: open.client.consent,
        providerName: open.connection.displayName,
        connection: open.connection.name,
        actor: open.attempt.actor,
        scopes: open.attempt.scopes,
        scopeTexts: open.connection.scopeTexts,
        returnHost: returnHost(open.attempt.redirectUri),
        redirectUri: open.attempt.redirectUri,
        consentOrigins: open.connection.consentOrigins,
      }
    )
  }
}
