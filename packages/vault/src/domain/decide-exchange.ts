import type { Account } from './account.ts'
import {
  type Client,
  type ClientConnectionPolicy,
  connectionPolicyOf,
  maySignFor,
} from './client.ts'
import type { Connection } from './connection.ts'
import type { AllowedAccount } from './consent.ts'
import type { ForceRefresh } from './force-refresh.ts'
import { accountsNamedBy } from './named-accounts.ts'
import type { AccountRefusal, PolicyRefusal } from './refusal.ts'
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
  /** The policy's scopes, those that every account of the connection is asked for, and all that they cover. */
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
}: ExchangeQuestion): Result<PermittedConnection, PolicyRefusal> {
  if (connection === undefined) return refuse({ reason: 'unknown_connection' })
  const policy = connectionPolicyOf(client, connection.name)
  if (policy === undefined) return refuse({ reason: 'connection_not_allowed' })
  if (subjectKind === 'client_signed' && !maySignFor(client, connection.name)) {
    return refuse({ reason: 'connection_not_allowed' })
  }
  const permitted = withImpliedScopes(
    unionScopes(unionScopes(policy.scopes, connection.scopes), connection.vaultScopes ?? []),
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
  /** The accounts that the user allowed the client to use (R8). Absent: it needs no consent. */
  readonly allowed?: readonly AllowedAccount[] | undefined
}

/**
 * The account that is meant: the one that the hint names, else the one whose token is reported as refused, else the only
 * one. Several are never chosen from by guess, and an account that needs the user is never skipped for another one: an
 * agent must not end in a private account because the work account's grant has run out. A client that asks is told of no
 * account that the user did not allow it to use, nor how many there are.
 */
export function chooseAccount({
  accounts,
  loginHint,
  forceRefresh,
  allowed,
}: AccountQuestion): Result<Account, AccountRefusal> {
  const named = loginHint === undefined ? accounts : accountsNamedBy(loginHint, accounts)
  const reported = named.filter((account) => account.id === forceRefresh?.accountId)
  const candidates = reported.length > 0 ? reported : named
  const live = candidates.filter((account) => account.state !== 'revoked')
  const usable = live.filter(
    ({ id }) => allowed === undefined || allowed.some(({ accountId }) => accountId === id),
  )
  if (live.length > 0 && usable.length === 0) {
    return refuse({ reason: 'consent_required' })
  }
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
  /** What the user allowed the client. Absent: nothing. */
  readonly allowed?: readonly AllowedAccount[] | undefined
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
  allowed = [],
}: HandOutQuestion): Result<HandOut, AccountRefusal> {
  if (account.state === 'revoked' || account.state === 'reauth_required') {
    return refuse({ reason: 'reconnect_required', why: account.reconnectReason ?? 'revoked' })
  }
  const { impliedScopes } = permitted.connection
  const covered = withImpliedScopes(account.scopes, impliedScopes)
  // One token serves every client of the account (R7), so that it cannot be narrowed for one of them.
  const isBeyondPolicy = missingScopes(account.scopes, permitted.scopes).length > 0
  const exceedsPolicy = isBeyondPolicy && permitted.policy.overScope === 'refuse'
  if (client.consent === 'ask' && !isAllowed({ permitted, account, scopes, allowed })) {
    // Nobody is asked to allow what policy will refuse.
    return refuse({ reason: exceedsPolicy ? 'token_exceeds_policy' : 'consent_required' })
  }
  const missing = missingScopes(scopes, covered)
  if (missing.length > 0) {
    return refuse({ reason: 'scopes_missing', missing, granted: account.scopes })
  }
  if (exceedsPolicy) return refuse({ reason: 'token_exceeds_policy' })
  const asked = withImpliedScopes(scopes, impliedScopes)
  const isMoreThanAsked = scopes.length > 0 && missingScopes(account.scopes, asked).length > 0
  return accept({ scopes: covered, isMoreThanAsked })
}

/**
 * Whether what the user allowed this client covers what it would get (R8). Where tokens may not exceed the policy
 * (`overScope: 'refuse'`), that is all that the token can do; where they may, what is asked for, or, when nothing is,
 * all of the policy that the token can do. What the account lacks is no matter of consent.
 */
function isAllowed({
  permitted: { connection, policy, scopes: permitted },
  account,
  scopes = [],
  allowed = [],
}: Omit<HandOutQuestion, 'client'>): boolean {
  const consent = allowed.find(({ accountId }) => accountId === account.id)
  if (consent === undefined) return false
  const { impliedScopes, vaultScopes = [] } = connection
  const granted = withImpliedScopes(account.scopes, impliedScopes)
  const used = scopes.length > 0 ? scopes : permitted
  const needed =
    policy.overScope === 'refuse'
      ? account.scopes
      : missingScopes(used, missingScopes(used, granted))
  const covered = withImpliedScopes(unionScopes(consent.scopes, vaultScopes), impliedScopes)
  return missingScopes(needed, covered).length === 0
}

export interface HandOut {
  /** What the token can do: what was granted, and all that it covers. */
  readonly scopes: readonly string[]
  /** The token can do more than was asked for: said in the audit log (R7). */
  readonly isMoreThanAsked: boolean
}
