import type { Account } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { type Client, connectionPolicyOf } from '../domain/client.ts'
import type { Connection } from '../domain/connection.ts'
import { type AllowedAccount, consentActorOf } from '../domain/consent.ts'
import { chooseAccount, decideHandOut, decidePolicy } from '../domain/decide-exchange.ts'
import type { ForceRefresh } from '../domain/force-refresh.ts'
import type { Actor } from '../domain/identity.ts'
import { type ExchangeRefusal, isMendedByConnecting } from '../domain/refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { missingScopes, unionScopes } from '../domain/scope.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { UserStore } from '../ports/user-store.ts'
import type { OfferConnectLink } from './offer-connect-link.ts'
import { onceRecorded, type RecordAuditDependencies } from './record-audit.ts'
import type { AccountRefresher } from './refresh-account.ts'
import { refusalDetails } from './refusal-details.ts'
import { subjectDetails, subjectKindDetails } from './subject-details.ts'
import {
  type Parties,
  type PresentedToken,
  verifyParties,
  type VerifyPartiesDependencies,
} from './verify-parties.ts'

export interface ExchangeRequest {
  /** Authenticated, and allowed this grant. */
  readonly client: Client
  readonly subject: PresentedToken
  readonly actor?: PresentedToken | undefined
  /** Name of a connection, as sent. */
  readonly connection: string
  /** Provider scopes needed. Absent: nothing specific, whatever the client may have. */
  readonly scopes?: readonly string[] | undefined
  readonly loginHint?: string | undefined
  readonly forceRefresh?: ForceRefresh | undefined
  /** `link`: what connecting can mend is refused with a link to connect by (R11). */
  readonly connect?: 'link' | undefined
  readonly requestId: string
}

/** A provider's access token, ready to be handed out. */
export interface ExchangedToken {
  readonly accessToken: string
  /** What is left of its life; absent when the provider gives no expiry. */
  readonly expiresInSeconds?: number | undefined
  /** What the token can do. */
  readonly scopes: readonly string[]
  readonly connection: Connection
  readonly accountId: string
  readonly generation: number
}

export type ExchangeToken = (
  request: ExchangeRequest,
) => Promise<Result<ExchangedToken, ExchangeRefusal>>

export interface ExchangeTokenDependencies
  extends RecordAuditDependencies, VerifyPartiesDependencies {
  readonly tenant: string
  readonly connections: ConnectionStore
  readonly users: UserStore
  readonly consents: ConsentStore
  readonly accounts: AccountStore
  readonly refresher: AccountRefresher
  readonly offerConnectLink: OfferConnectLink
  readonly runtime: Pick<Runtime, 'now'>
}

/** What became known on the way, for the audit log. */
interface Findings {
  connection?: Connection
  parties?: Parties
  userId?: string
  account?: Account
  isMoreThanAsked?: boolean
}

/**
 * Exchanges a subject token for the access token of the user's account at a provider (RFC 8693 section 2). In the order
 * of RV-10: tokens, policy, connection, account; whatever comes of it is in the audit log before it is answered.
 */
export function exchangeToken(dependencies: ExchangeTokenDependencies): ExchangeToken {
  return async (request) => {
    const findings: Findings = {}
    const exchanged = await exchange(dependencies, request, findings)
    const result =
      request.connect === 'link'
        ? await withConnectLink(dependencies, request, findings, exchanged)
        : exchanged
    const event = toEvent(dependencies, request, findings, result)
    return await onceRecorded(dependencies, { event, result })
  }
}

async function exchange(
  dependencies: ExchangeTokenDependencies,
  request: ExchangeRequest,
  findings: Findings,
): Promise<Result<ExchangedToken, ExchangeRefusal>> {
  const { tenant, connections, users, accounts, refresher, runtime } = dependencies
  const { client, scopes, loginHint, forceRefresh, requestId } = request

  const found = await connections.find({ tenant, name: request.connection })
  if (found !== undefined) findings.connection = found

  const parties = await verifyParties(dependencies, request)
  if (!parties.ok) return parties
  findings.parties = parties.value

  const { kind: subjectKind, identity } = parties.value.subject
  const permission = decidePolicy({ client, connection: found, subjectKind, scopes })
  if (!permission.ok) return permission
  const permitted = permission.value
  const { connection, policy } = permitted

  const userId = await users.findByIdentity({ tenant, identity })
  if (userId === undefined) return refuse({ reason: 'not_connected' })
  findings.userId = userId

  const owned = await accounts.findOnConnection({ tenant, userId, connection: connection.name })
  const allowed = await allowedTo(dependencies, {
    client,
    userId,
    connection,
    actor: parties.value.actor,
  })
  const chosen = chooseAccount({ accounts: owned, loginHint, forceRefresh, allowed })
  if (!chosen.ok) return chosen
  findings.account = chosen.value

  const before = decideHandOut({ client, permitted, account: chosen.value, scopes, allowed })
  if (!before.ok) return before

  const refusedGeneration =
    forceRefresh?.accountId === chosen.value.id ? forceRefresh.generation : undefined
  const fresh = await refresher.freshToken({
    connection,
    account: chosen.value,
    refused:
      refusedGeneration === undefined
        ? undefined
        : { generation: refusedGeneration, policy: policy.forcedRefresh },
    clientId: client.id,
    requestId,
  })
  if (!fresh.ok) return fresh
  const { account, accessToken } = fresh.value
  findings.account = account

  // Again: a refresh can have narrowed what the account has.
  const handOut = decideHandOut({ client, permitted, account, scopes, allowed })
  if (!handOut.ok) return handOut
  findings.isMoreThanAsked = handOut.value.isMoreThanAsked
  const { accessExpiresAt } = account
  return accept({
    accessToken,
    ...(accessExpiresAt !== undefined && { expiresInSeconds: accessExpiresAt - runtime.now() }),
    scopes: handOut.value.scopes,
    connection,
    accountId: account.id,
    generation: account.generation,
  })
}

/** What the user allowed the client; `undefined`, and nothing looked up, where no consent is needed. */
async function allowedTo(
  { tenant, vaultIssuer, consents }: ExchangeTokenDependencies,
  {
    client,
    userId,
    connection,
    actor,
  }: {
    readonly client: Client
    readonly userId: string
    readonly connection: Connection
    readonly actor: Actor
  },
): Promise<readonly AllowedAccount[] | undefined> {
  if (client.consent === 'implied') return undefined
  return await consents.find({
    tenant,
    userId,
    clientId: client.id,
    connection: connection.name,
    actor: consentActorOf(actor, { clientId: client.id, vaultIssuer }),
  })
}

/** The link names who and what this exchange was about, and only once all of it is known. */
async function withConnectLink(
  { offerConnectLink }: ExchangeTokenDependencies,
  { client, scopes = [] }: ExchangeRequest,
  { connection, parties, account }: Findings,
  result: Result<ExchangedToken, ExchangeRefusal>,
): Promise<Result<ExchangedToken, ExchangeRefusal>> {
  if (result.ok || connection === undefined || parties === undefined) return result
  const { refusal } = result
  if (!isMendedByConnecting(refusal)) return result
  const connectUri = await offerConnectLink({ client, connection, parties, scopes, account })
  return connectUri === undefined ? result : refuse({ ...refusal, connectUri })
}

function toEvent(
  { tenant, runtime }: ExchangeTokenDependencies,
  { client, scopes = [], requestId }: ExchangeRequest,
  { connection, parties, userId, account, isMoreThanAsked }: Findings,
  result: Result<ExchangedToken, ExchangeRefusal>,
): AuditEvent {
  const known = {
    tenant,
    at: runtime.now(),
    clientId: client.id,
    userId,
    actor: parties?.actor,
    connection: connection?.name,
    accountId: account?.id,
    generation: account?.generation,
    requestId,
  }
  if (result.ok) {
    return {
      ...known,
      type: 'token.exchanged',
      outcome: 'success',
      scopes: result.value.scopes,
      details: {
        ...subjectKindDetails(parties?.subject),
        ...(isMoreThanAsked === true && { more_than_asked: true }),
      },
    }
  }
  // Any text may come as a connection or a scope, a misplaced secret too: only what is known here is kept.
  const policy = connection && connectionPolicyOf(client, connection.name)
  const knownScopes = unionScopes(
    unionScopes(policy?.scopes ?? [], connection?.scopes ?? []),
    account?.scopes ?? [],
  )
  const unknownScopes = missingScopes(scopes, knownScopes)
  return {
    ...known,
    type: 'token.exchange_refused',
    outcome: 'refused',
    reason: result.refusal.reason,
    scopes: missingScopes(scopes, unknownScopes),
    details: {
      ...refusalDetails(result.refusal),
      ...(userId === undefined
        ? subjectDetails(parties?.subject)
        : subjectKindDetails(parties?.subject)),
      ...(unknownScopes.length > 0 && { unknown_scopes: unknownScopes.length }),
    },
  }
}
