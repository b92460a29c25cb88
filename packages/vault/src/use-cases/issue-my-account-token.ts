import type { AuditEvent } from '../domain/audit-event.ts'
import type { Client } from '../domain/client.ts'
import { consentActorOf } from '../domain/consent.ts'
import { permittedMyAccountScopes } from '../domain/my-account-scopes.ts'
import { randomText } from '../domain/random-text.ts'
import type { ExchangeRefusal } from '../domain/refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { missingScopes } from '../domain/scope.ts'
import type { AccessTokens } from '../ports/access-tokens.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { UserStore } from '../ports/user-store.ts'
import { onceRecorded, type RecordAuditDependencies } from './record-audit.ts'
import { refusalDetails } from './refusal-details.ts'
import { subjectDetails } from './subject-details.ts'
import {
  type Parties,
  type PresentedToken,
  verifyParties,
  type VerifyPartiesDependencies,
} from './verify-parties.ts'

/** A token for the connected-accounts API lives as long as one connect flow, and no longer than its subject's. */
const MAX_LIFE_SECONDS = 600

export interface MyAccountTokenRequest {
  readonly client: Client
  readonly subject: PresentedToken
  readonly actor?: PresentedToken | undefined
  /** Absent: all that the client may have. */
  readonly scopes?: readonly string[] | undefined
  readonly requestId: string
}

export interface IssuedMyAccountToken {
  readonly accessToken: string
  readonly expiresInSeconds: number
  readonly scopes: readonly string[]
}

export type IssueMyAccountToken = (
  request: MyAccountTokenRequest,
) => Promise<Result<IssuedMyAccountToken, ExchangeRefusal>>

export interface IssueMyAccountTokenDependencies
  extends RecordAuditDependencies, VerifyPartiesDependencies {
  readonly tenant: string
  /** `{issuer}me/` */
  readonly audience: string
  readonly users: UserStore
  readonly accessTokens: AccessTokens
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
}

/**
 * Exchanges a subject token for one of the vault's own, good for the connected-accounts API alone (RFC 8693 section 2).
 * An identity that has never connected anything gets a provisional user id: connecting is what makes the user (R1).
 */
export function issueMyAccountToken(
  dependencies: IssueMyAccountTokenDependencies,
): IssueMyAccountToken {
  return async (request) => {
    const { tenant, runtime } = dependencies
    const parties = await verifyParties(dependencies, request)
    const result = parties.ok ? await issue(dependencies, request, parties.value) : parties
    const event: AuditEvent = {
      tenant,
      at: runtime.now(),
      clientId: request.client.id,
      requestId: request.requestId,
      ...(parties.ok && { actor: parties.value.actor }),
      ...(result.ok
        ? {
            type: 'my_account_token.issued',
            outcome: 'success',
            userId: result.value.userId,
            scopes: result.value.scopes,
          }
        : {
            type: 'token.exchange_refused',
            outcome: 'refused',
            reason: result.refusal.reason,
            // Any text may come as a scope, a misplaced secret too: only what is known here is kept.
            scopes: request.client.myAccountScopes.filter((scope) =>
              request.scopes?.includes(scope),
            ),
          }),
      details: {
        audience: 'me',
        ...(!result.ok && refusalDetails(result.refusal)),
        ...(parties.ok && subjectDetails(parties.value.subject)),
      },
    }
    return await onceRecorded(dependencies, { event, result })
  }
}

async function issue(
  { tenant, audience, vaultIssuer, users, accessTokens, runtime }: IssueMyAccountTokenDependencies,
  { client, subject: { jkt }, scopes: asked }: MyAccountTokenRequest,
  { subject, actor }: Parties,
): Promise<Result<IssuedMyAccountToken & { readonly userId: string }, ExchangeRefusal>> {
  if (client.myAccountScopes.length === 0) return refuse({ reason: 'connection_not_allowed' })
  const permitted = permittedMyAccountScopes(client, subject, audience)
  const scopes = asked ?? permitted
  const excess = missingScopes(scopes, permitted)
  if (excess.length > 0) return refuse({ reason: 'scopes_not_allowed', scopes: excess })

  const { identity } = subject
  const now = runtime.now()
  const expiresAt = Math.min(now + MAX_LIFE_SECONDS, subject.expiresAt)
  // Within the clock skew an expired subject token still counts, but nothing can be made to outlive it.
  if (expiresAt <= now) {
    const why = { reason: 'expired', expiredAt: subject.expiresAt } as const
    return refuse({ reason: 'subject_token_invalid', why })
  }
  const known = await users.findByIdentity({ tenant, identity })
  // Users of a login system begin when they connect; one of the vault's own that is not there has ended.
  if (known === undefined && identity.issuer === vaultIssuer) {
    return refuse({ reason: 'subject_token_invalid', why: { reason: 'unknown_user' } })
  }
  const userId = known ?? `usr_${randomText(runtime.randomBytes, 22)}`
  const accessToken = await accessTokens.sign({
    id: randomText(runtime.randomBytes, 22),
    audience,
    clientId: client.id,
    userId,
    identity,
    actor: consentActorOf(actor, { clientId: client.id, vaultIssuer }),
    scopes,
    grantId: subject.grantId,
    issuedAt: now,
    expiresAt,
    keyThumbprint: jkt,
  })
  return accept({ accessToken, expiresInSeconds: expiresAt - now, scopes, userId })
}
