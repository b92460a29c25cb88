import { type Account, ACCOUNT_ID } from './account.ts'
import { type Client, connectionPolicyOf } from './client.ts'
import type { ConnectRefusal } from './connect-refusal.ts'
import type { Connection } from './connection.ts'
import { accountsNamedBy } from './named-accounts.ts'
import { isRegisteredRedirectUri } from './redirect-uri.ts'
import { accept, refuse, type Result } from './result.ts'
import { missingScopes, unionScopes, withImpliedScopes } from './scope.ts'

/** What a client asks for when it starts a connect flow, and what is known about it. */
export interface ConnectQuestion {
  readonly client: Client
  /** Absent when there is none of the asked name. */
  readonly connection: Connection | undefined
  readonly redirectUri: string
  /** With a link there is no app to go back to: the redirect URI is the vault's own. */
  readonly mode: 'ticket' | 'link'
  /** Absent: only what the connection always asks for. */
  readonly scopes?: readonly string[] | undefined
  readonly scopesMode: 'accumulate' | 'replace'
  readonly loginHint?: string | undefined
  /** The user's accounts on the connection. */
  readonly accounts: readonly Account[]
}

/** Whether a connect flow may start, and for which scopes the provider will be asked. */
export function decideConnect(
  question: ConnectQuestion,
): Result<{ readonly connection: Connection; readonly scopes: readonly string[] }, ConnectRefusal> {
  const { client, connection, redirectUri, mode, scopesMode, loginHint, accounts } = question
  const policy = connection && connectionPolicyOf(client, connection.name)
  if (connection === undefined || policy === undefined) {
    return refuse({ reason: 'connection_not_allowed' })
  }
  if (mode === 'ticket' && !isRegisteredRedirectUri(client.redirectUris, redirectUri)) {
    return refuse({ reason: 'redirect_uri_not_registered' })
  }

  const named = loginHint === undefined ? [] : accountsNamedBy(loginHint, accounts)
  if (named.length === 0 && loginHint !== undefined && ACCOUNT_ID.test(loginHint)) {
    return refuse({ reason: 'unknown_account_hint' })
  }
  const granted = (named.length > 0 ? named : accounts)
    // What somebody took away on purpose is not asked for again unseen.
    .filter((account) => scopesMode === 'accumulate' && account.state !== 'revoked')
    .flatMap((account) => account.scopes)

  // A tool that needs no scope must not lead to a consent for all that its client might ever ask for.
  const asked = question.scopes ?? []
  const { impliedScopes } = connection
  // What is asked for again anyway may be named: Auth0's consent component sends all that a token has, and the rest.
  const permitted = [...policy.scopes, ...connection.scopes, ...granted]
  const beyond = missingScopes(asked, withImpliedScopes(permitted, impliedScopes))
  if (beyond.length > 0) return refuse({ reason: 'scopes_not_allowed', scopes: beyond })

  const wanted = unionScopes(connection.scopes, asked)
  // Not asked for again under another name.
  const lost = missingScopes(granted, withImpliedScopes(wanted, impliedScopes))
  return accept({ connection, scopes: unionScopes(wanted, lost) })
}
