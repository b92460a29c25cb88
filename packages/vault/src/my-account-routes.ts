import type { ParsedVaultConfig } from './config/vault-config-schema.ts'
import { MY_ACCOUNT_SCOPES } from './domain/my-account-scopes.ts'
import { myAccountAudience } from './domain/vault-urls.ts'
import { myAccountGuard } from './http/gates/my-account.ts'
import { createProblems } from './http/problem.ts'
import type { Route } from './http/router.ts'
import { approvalsRoute, decideApprovalRoute } from './http/routes/approvals.ts'
import {
  accountsRoute,
  activityRoute,
  completeRoute,
  connectionsRoute,
  connectRoute,
  deleteAccountRoute,
  renameAccountRoute,
} from './http/routes/connected-accounts.ts'
import { consentsRoute, revokeConsentRoute } from './http/routes/consents.ts'
import { protectedResourceRoute } from './http/routes/protected-resource.ts'
import type { RateLimiter } from './ports/rate-limiter.ts'
import { createMemoryRateLimiter } from './storage/memory-rate-limiter.ts'
import { authorizeMyAccount } from './use-cases/authorize-my-account.ts'
import { completeConnect } from './use-cases/complete-connect.ts'
import { decideApproval } from './use-cases/decide-approval.ts'
import { disconnectAccount } from './use-cases/disconnect-account.ts'
import { listAccounts } from './use-cases/list-accounts.ts'
import { listActivity } from './use-cases/list-activity.ts'
import { listApprovals } from './use-cases/list-approvals.ts'
import { listConnections } from './use-cases/list-connections.ts'
import { listConsents } from './use-cases/list-consents.ts'
import { createPageCursors } from './use-cases/page-cursors.ts'
import { renameAccount } from './use-cases/rename-account.ts'
import { revokeConsent } from './use-cases/revoke-consent.ts'
import { startConnect } from './use-cases/start-connect.ts'
import type { VaultParts } from './vault-parts.ts'

export interface MyAccountRoutesOptions {
  readonly parts: VaultParts
  readonly limits: Pick<ParsedVaultConfig['limits'], 'accountCallsPerMinute'>
  /** For DPoP proofs. */
  readonly dpopAlgorithms: readonly string[]
  readonly pendingConnects: RateLimiter
}

/** The My Account API: what apps do for a user whose token they have. */
export function myAccountRoutes({
  parts,
  limits,
  dpopAlgorithms,
  pendingConnects,
}: MyAccountRoutesOptions): readonly Route[] {
  const { issuer } = parts
  const shared = {
    ...parts,
    vaultIssuer: issuer,
    audience: myAccountAudience(issuer),
    pendingConnects,
  }
  const problems = createProblems({ issuer })
  const guard = myAccountGuard({
    ...parts,
    authorizeMyAccount: authorizeMyAccount(shared),
    dpopAlgorithms,
    calls: createMemoryRateLimiter({ points: limits.accountCallsPerMinute, durationSeconds: 60 }),
    problems,
  })
  const api = { guard, problems }
  const lists = { ...parts, cursors: createPageCursors(parts) }
  const metadata = protectedResourceRoute({ issuer, scopes: MY_ACCOUNT_SCOPES, dpopAlgorithms })
  const handlers = {
    connect: connectRoute({ ...api, issuer, startConnect: startConnect(shared) }),
    complete: completeRoute({ ...api, completeConnect: completeConnect(shared) }),
    accounts: accountsRoute({ ...api, listAccounts: listAccounts(lists) }),
    connections: connectionsRoute({ ...api, listConnections: listConnections(lists) }),
    remove: deleteAccountRoute({ ...api, disconnectAccount: disconnectAccount(parts) }),
    rename: renameAccountRoute({ ...api, renameAccount: renameAccount(parts) }),
    consents: consentsRoute({ ...api, listConsents: listConsents(lists) }),
    revokeConsent: revokeConsentRoute({ ...api, revokeConsent: revokeConsent(parts) }),
    approvals: approvalsRoute({ ...api, listApprovals: listApprovals(parts) }),
    decide: decideApprovalRoute({ ...api, decideApproval: decideApproval(parts) }),
    activity: activityRoute({ ...api, listActivity: listActivity(lists) }),
  }
  const path = '/me/v1/connected-accounts'
  const resource = '/.well-known/oauth-protected-resource/me'
  const routes: readonly Route[] = [
    { method: 'POST', path: `${path}/connect`, handle: handlers.connect },
    { method: 'POST', path: `${path}/complete`, handle: handlers.complete },
    { method: 'GET', path: `${path}/accounts`, handle: handlers.accounts },
    { method: 'GET', path: `${path}/connections`, handle: handlers.connections },
    { method: 'DELETE', path: `${path}/accounts/:id`, handle: handlers.remove },
    { method: 'PATCH', path: `${path}/accounts/:id`, handle: handlers.rename },
    { method: 'GET', path: `${path}/accounts/:id/activity`, handle: handlers.activity },
    { method: 'GET', path: `${path}/consents`, handle: handlers.consents },
    { method: 'DELETE', path: `${path}/consents/:client_id`, handle: handlers.revokeConsent },
    { method: 'GET', path: '/me/v1/approvals', handle: handlers.approvals },
    { method: 'POST', path: '/me/v1/approvals/:id', handle: handlers.decide },
    // As the resource is written, and as its clients may write it.
    { method: 'GET', path: `${resource}/`, handle: metadata, head: 'answered' },
    { method: 'GET', path: resource, handle: metadata, head: 'answered' },
  ]
  return routes.map((route) => ({ ...route, scripts: 'answered' }))
}
