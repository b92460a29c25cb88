import type { Account } from './account.ts'
import {
  type Client,
  type ClientConnectionPolicy,
  connectionPolicyOf,
  maySignFor,
} from './client.ts'
import type { Connection } from './connection.ts'
import type { ForceRefresh } from './force-refresh.ts'
import { accountsNamedBy } from './named-accounts.ts'
import type { ExchangeRefusal } from './refusal.ts'
import { accept, refuse, type Result } from './result.ts'
import { missingScopes, unionScopes, withImpliedScopes } from './scope.ts'
import type { Subject } from './subject.ts'

/** What is asked for on a connection; all of it as the client sent it. */
export interface ExchangeQuestion {
  readonly client: Client
  /** The connection of the name that was sent, if there is one. */
  readonly connection: Connection | undefined
  /** Who said on whose behalf: a client that names the user itself may do so for some connections only (R2). */
  readonly subjectKind: Subject['kind']
  /** Absent: nothing specific, whatever the client may have. */
  readonly scopes?: readonly string[] | undefined
}

/** A connection that the client may use, and what it may have of it. */
export interface PermittedConnection {
  readonly connection: Connection
  readonly policy: ClientConnectionPolicy
  /** The policy's scopes, those that every account of the connection is asked for, and all that both cover. */
  readonly scopes: readonly string[]
}

/**
 * What the client's policy says, before anything of the user is looked at. An unlisted connection and an unknown one
 * are told apart: names of connections are no secret to a client, but a typing mistake should be found.
 */
export function decidePolicy({
  client,
  connection,
  subjectKind,
  scopes = [],
}: ExchangeQuestion): Result<PermittedConnection, ExchangeRefusal> {
  if (connection === undefined) return refuse({ reason: 'unknown_connection' })
  const policy = connectionPolicyOf(client, connection.name)
  if (policy === undefined) return refuse({ reason: 'connection_not_allowed' })
  if (subjectKind === 'client_signed' && !maySignFor(client, connection.name)) {
    return refuse({ reason: 'connection_not_allowed' })
  }
  const permitted = withImpliedScopes(
    unionScopes(policy.scopes, connection.scopes),
    connection.impliedScopes,
  )
  const excess = missingScopes(scopes, permitted)
  return excess.length > 0
    ? refuse({ reason: 'scopes_not_allowed', scopes: excess })
    : accept({ connection, policy, scopes: permitted })
}

/** Which of a user's accounts is meant. */
export interface AccountQuestion {
  /** All of the user's accounts on the connection. */
  readonly accounts: readonly Account[]
  readonly loginHint?: string | undefined
  readonly forceRefresh?: ForceRefresh | undefined
}

/**
 * The account that is meant: the one that the hint names, else the one whose token is reported as refused, else the only
 * one. Several are never chosen from by guess, and an account that needs the user is never skipped for another one: an
 * agent must not end in a private account because the work account's grant has run out.
 */
export function chooseAccount({
  accounts,
  loginHint,
  forceRefresh,
}: AccountQuestion): Result<Account, ExchangeRefusal> {
  const named = loginHint === undefined ? accounts : accountsNamedBy(loginHint, accounts)
  const reported = named.filter((account) => account.id === forceRefresh?.accountId)
  const candidates = reported.length > 0 ? reported : named
  const usable = candidates.filter((account) => account.state !== 'revoked')
  const [first, ...others] = usable
  if (others.length > 0) {
    const choices = usable.map(({ id, label }) => ({ id, label }))
    return refuse({ reason: 'account_ambiguous', accounts: choices })
  }
  if (first !== undefined) return accept(first)
  return candidates.length === 0
    ? refuse({ reason: 'not_connected' })
    : refuse({ reason: 'reconnect_required', why: 'revoked' })
}

/** What a token of this account may be handed out for. */
export interface HandOutQuestion {
  readonly client: Client
  readonly permitted: PermittedConnection
  readonly account: Account
  /** Absent: nothing specific. */
  readonly scopes?: readonly string[] | undefined
}

/**
 * Whether this account's token may go to this client for these scopes. Asked before the token is read, and again after
 * a refresh, which can narrow what the account has.
 */
export function decideHandOut({
  client,
  permitted,
  account,
  scopes = [],
}: HandOutQuestion): Result<HandOut, ExchangeRefusal> {
  if (account.state === 'revoked' || account.state === 'reauth_required') {
    return refuse({ reason: 'reconnect_required', why: account.reconnectReason ?? 'revoked' })
  }
  // No consents are recorded yet: a client that needs one gets nothing (R8), rather than everything.
  if (client.consent === 'ask') return refuse({ reason: 'consent_required' })
  const { impliedScopes } = permitted.connection
  const covered = withImpliedScopes(account.scopes, impliedScopes)
  const missing = missingScopes(scopes, covered)
  if (missing.length > 0) {
    return refuse({ reason: 'scopes_missing', missing, granted: account.scopes })
  }
  // One token serves every client of the account (R7), so that it cannot be narrowed for one of them.
  const isBeyondPolicy = missingScopes(account.scopes, permitted.scopes).length > 0
  if (isBeyondPolicy && permitted.policy.overScope === 'refuse')
    return refuse({ reason: 'token_exceeds_policy' })
  const asked = withImpliedScopes(scopes, impliedScopes)
  const isMoreThanAsked = scopes.length > 0 && missingScopes(account.scopes, asked).length > 0
  return accept({ scopes: covered, isMoreThanAsked })
}

export interface HandOut {
  /** What the token can do: what was granted, and all that it covers. */
  readonly scopes: readonly string[]
  /** The token can do more than was asked for: said in the audit log (R7). */
  readonly isMoreThanAsked: boolean
}
