import { ACCOUNT_ID } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { DENIED } from '../domain/callback-answer.ts'
import { accountsNamedBy } from '../domain/named-accounts.ts'
import { randomText } from '../domain/random-text.ts'
import { withAnswer } from '../domain/redirect-uri.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import { callbackUri } from '../domain/vault-urls.ts'
import type { AccountStore } from '../ports/account-store.ts'
import type { ProviderClient } from '../ports/provider-client.ts'
import type { Sealer } from '../ports/sealer.ts'
import {
  findOpenAttempt,
  type FindOpenAttemptDependencies,
  type OpenAttempt,
} from './find-open-attempt.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'
import { attemptSealContext } from './seal-contexts.ts'

export interface ApproveConnectRequest {
  readonly ticket: string
  readonly decision: 'approve' | 'deny'
  readonly requestId: string
}

/** Where the browser goes next. */
export interface ConnectRedirect {
  readonly location: string
  /** To be set as this browser's cookie for the attempt (RV-61). Absent when the person said no. */
  readonly binding?: { readonly attemptId: string; readonly secret: string } | undefined
}

export type BrowserRefusal =
  /** Unknown, used, expired, or opened in another browser: one page for all. */
  { readonly reason: 'link_invalid' } | { readonly reason: 'vault_unavailable' }

export type ApproveConnect = (
  request: ApproveConnectRequest,
) => Promise<Result<ConnectRedirect, BrowserRefusal>>

export interface ApproveConnectDependencies
  extends FindOpenAttemptDependencies, RecordAuditDependencies {
  readonly issuer: string
  readonly accounts: AccountStore
  readonly providerClient: ProviderClient
  readonly sealer: Sealer
}

/** Takes the person's yes or no. It redeems the ticket, once; only now does the browser get bound to the attempt. */
export function approveConnect(dependencies: ApproveConnectDependencies): ApproveConnect {
  return async ({ ticket, decision, requestId }) => {
    const open = await findOpenAttempt(dependencies, ticket)
    if (open === undefined) return refuse({ reason: 'link_invalid' })
    return decision === 'approve'
      ? await approve(dependencies, open, requestId)
      : await deny(dependencies, open, requestId)
  }
}

async function approve(
  dependencies: ApproveConnectDependencies,
  open: OpenAttempt,
  requestId: string,
): Promise<Result<ConnectRedirect, BrowserRefusal>> {
  const { tenant, issuer, attempts, providerClient, sealer, hasher, runtime } = dependencies
  const { attempt, connection } = open
  const state = randomText(runtime.randomBytes, 32)
  const secret = randomText(runtime.randomBytes, 32)
  const codeVerifier = randomText(runtime.randomBytes, 64)
  const nonce = randomText(runtime.randomBytes, 32)

  const location = await providerClient.authorizationUrl({
    connection,
    redirectUri: callbackUri(issuer, connection.name),
    scopes: attempt.scopes,
    state,
    codeVerifier,
    nonce,
    parameters: await providerParameters(dependencies, open),
  })
  const redeemed = await attempts.redirect({
    tenant,
    id: attempt.id,
    providerStateHash: hasher.hash(state),
    browserHash: hasher.hash(secret),
    providerSecrets: await sealer.seal(
      JSON.stringify({ codeVerifier, nonce }),
      attemptSealContext(attempt, 'provider_secrets'),
    ),
  })
  if (!redeemed) return refuse({ reason: 'link_invalid' })

  const recorded = await recordAudit(dependencies, {
    ...eventOf(dependencies, open, requestId),
    type: 'connect.redirected',
    outcome: 'success',
    scopes: attempt.scopes,
  })
  return recorded
    ? accept({ location: location.href, binding: { attemptId: attempt.id, secret } })
    : refuse({ reason: 'vault_unavailable' })
}

async function deny(
  dependencies: ApproveConnectDependencies,
  open: OpenAttempt,
  requestId: string,
): Promise<Result<ConnectRedirect, BrowserRefusal>> {
  const { tenant, attempts } = dependencies
  const { id, redirectUri, clientState } = open.attempt
  if (!(await attempts.fail({ tenant, id }))) return refuse({ reason: 'link_invalid' })
  const recorded = await recordAudit(dependencies, {
    ...eventOf(dependencies, open, requestId),
    type: 'connect.refused',
    outcome: 'refused',
    reason: 'user_denied',
  })
  return recorded
    ? accept({ location: withAnswer(redirectUri, { ...DENIED, state: clientState }) })
    : refuse({ reason: 'vault_unavailable' })
}

/** The vault's own account ids mean nothing to a provider: it is told what it knows the account by. */
async function providerParameters(
  { tenant, accounts }: ApproveConnectDependencies,
  { attempt }: OpenAttempt,
): Promise<Readonly<Record<string, string>>> {
  const { authorizationParams, userId, connection } = attempt
  const { login_hint: hint, ...others } = authorizationParams
  if (hint === undefined) return others
  const known = await accounts.findOnConnection({ tenant, userId, connection })
  const named = accountsNamedBy(hint, known).find((account) => account.id === hint)
  if (named === undefined) return ACCOUNT_ID.test(hint) ? others : authorizationParams
  const login_hint = named.label.includes('@') ? named.label : named.providerAccountId
  return { ...others, login_hint }
}

function eventOf(
  { tenant, runtime }: ApproveConnectDependencies,
  { attempt }: OpenAttempt,
  requestId: string,
): Pick<AuditEvent, 'tenant' | 'at' | 'clientId' | 'userId' | 'connection' | 'requestId'> {
  const { clientId, userId, connection } = attempt
  return { tenant, at: runtime.now(), clientId, userId, connection, requestId }
}
