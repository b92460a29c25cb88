import type { Api } from '../domain/api.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { Client } from '../domain/client.ts'
import { decideApiToken, type TokenSemantics } from '../domain/decide-api-token.ts'
import { randomText } from '../domain/random-text.ts'
import type { ExchangeRefusal } from '../domain/refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { commonScopes } from '../domain/scope.ts'
import type { AccessTokens } from '../ports/access-tokens.ts'
import type { ApiStore } from '../ports/api-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { UserStore } from '../ports/user-store.ts'
import { onceRecorded, type RecordAuditDependencies } from './record-audit.ts'
import { refusalDetails } from './refusal-details.ts'
import { subjectDetails, subjectKindDetails } from './subject-details.ts'
import {
  type Parties,
  type PresentedToken,
  verifyParties,
  type VerifyPartiesDependencies,
} from './verify-parties.ts'

export interface ApiTokenRequest {
  /** Authenticated, and allowed this grant. */
  readonly client: Client
  readonly subject: PresentedToken
  readonly actor?: PresentedToken | undefined
  /** Identifier of an API, as sent. */
  readonly identifier: string
  readonly semantics: TokenSemantics
  /** Absent: all that may be had. */
  readonly scopes?: readonly string[] | undefined
  readonly requestId: string
}

export interface IssuedApiToken {
  readonly accessToken: string
  readonly expiresInSeconds: number
  readonly scopes: readonly string[]
}

export type IssueApiToken = (
  request: ApiTokenRequest,
) => Promise<Result<IssuedApiToken, ExchangeRefusal>>

export interface IssueApiTokenDependencies
  extends RecordAuditDependencies, VerifyPartiesDependencies {
  readonly tenant: string
  readonly apis: ApiStore
  readonly users: UserStore
  readonly accessTokens: AccessTokens
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
}

/** What became known on the way, for the audit log. */
interface Findings {
  api?: Api
  parties?: Parties
  userId?: string
  tokenId?: string
}

/**
 * Exchanges a subject token for one that an API of the deployment takes, on behalf of the same user (RFC 8693 section 2,
 * RFC 9068): with the chain of those who act in it, or without where policy allows that (RV-39). Whatever comes of it is
 * in the audit log, with the whole chain, before it is answered.
 */
export function issueApiToken(dependencies: IssueApiTokenDependencies): IssueApiToken {
  return async (request) => {
    const findings: Findings = {}
    const result = await issue(dependencies, request, findings)
    const event = toEvent(dependencies, request, findings, result)
    return await onceRecorded(dependencies, { event, result })
  }
}

async function issue(
  dependencies: IssueApiTokenDependencies,
  request: ApiTokenRequest,
  findings: Findings,
): Promise<Result<IssuedApiToken, ExchangeRefusal>> {
  const { tenant, vaultIssuer, apis, users, accessTokens, runtime } = dependencies
  const { client, identifier, semantics, scopes } = request
  const found = await apis.find({ tenant, identifier })
  if (found !== undefined) findings.api = found

  const parties = await verifyParties(dependencies, request)
  if (!parties.ok) return parties
  findings.parties = parties.value
  const { subject, actor } = parties.value

  const now = runtime.now()
  const permission = decideApiToken({ client, api: found, subject, semantics, scopes, now })
  if (!permission.ok) return permission
  const { api, scopes: granted, expiresAt } = permission.value

  const userId = await users.findByIdentity({ tenant, identity: subject.identity })
  if (userId === undefined) {
    return refuse({ reason: 'subject_token_invalid', why: { reason: 'unknown_user' } })
  }
  findings.userId = userId
  const id = randomText(runtime.randomBytes, 22)
  findings.tokenId = id
  const accessToken = await accessTokens.sign(
    {
      id,
      audience: api.identifier,
      clientId: client.id,
      userId,
      identity: { issuer: vaultIssuer, subject: userId },
      scopes: granted,
      actor: semantics === 'delegation' ? actor : undefined,
      grantId: subject.grantId,
      keyThumbprint: request.subject.jkt,
      issuedAt: now,
      expiresAt,
    },
    { algorithm: api.algorithm },
  )
  return accept({ accessToken, expiresInSeconds: expiresAt - now, scopes: granted })
}

function toEvent(
  { tenant, runtime }: IssueApiTokenDependencies,
  { client, semantics, scopes = [], requestId }: ApiTokenRequest,
  { api, parties, userId, tokenId }: Findings,
  result: Result<IssuedApiToken, ExchangeRefusal>,
): AuditEvent {
  const known = {
    tenant,
    at: runtime.now(),
    clientId: client.id,
    userId,
    actor: parties?.actor,
    requestId,
  }
  // Any text may come as an API, a misplaced secret too: only the identifier of one is kept.
  const details = { ...(api !== undefined && { audience: api.identifier }), semantics }
  if (result.ok) {
    return {
      ...known,
      type: 'api_token.issued',
      outcome: 'success',
      scopes: result.value.scopes,
      details: {
        ...details,
        ...subjectKindDetails(parties?.subject),
        ...(tokenId !== undefined && { token_id: tokenId }),
      },
    }
  }
  return {
    ...known,
    type: 'token.exchange_refused',
    outcome: 'refused',
    reason: result.refusal.reason,
    scopes: commonScopes(scopes, api?.scopes ?? []),
    details: {
      ...details,
      ...refusalDetails(result.refusal),
      ...subjectDetails(parties?.subject),
    },
  }
}
