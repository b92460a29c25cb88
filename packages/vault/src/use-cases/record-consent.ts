import type { AllowedAccount, ConsentKey } from '../domain/consent.ts'
import type { ConsentStore } from '../ports/consent-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import { recordAudit, type RecordAuditDependencies } from './record-audit.ts'

export interface RecordConsentRequest extends Omit<ConsentKey, 'tenant'>, AllowedAccount {
  readonly requestId: string
}

/** Resolves to false when the audit log is down: the answer must then be that the vault is unavailable. */
export type RecordConsent = (request: RecordConsentRequest) => Promise<boolean>

export interface RecordConsentDependencies extends RecordAuditDependencies {
  readonly tenant: string
  readonly consents: ConsentStore
  readonly runtime: Pick<Runtime, 'now'>
}

/**
 * Records what a person allowed a client on a page of the vault's own, after the provider has said whose account it is:
 * at the end of a connect flow, and at a login through a connection (R8). Clients that need no consent get theirs
 * recorded too, so that nobody is asked again when one begins to ask.
 */
export function recordConsent(dependencies: RecordConsentDependencies): RecordConsent {
  const { tenant, consents, runtime } = dependencies

  return async ({ requestId, ...allowed }) => {
    const now = runtime.now()
    const outcome = await consents.allow({ tenant, ...allowed, now })
    if (outcome !== 'added') return true
    const { userId, clientId, connection, accountId, actor, scopes } = allowed
    return await recordAudit(dependencies, {
      tenant,
      at: now,
      type: 'consent.given',
      outcome: 'success',
      clientId,
      userId,
      actor,
      connection,
      accountId,
      scopes,
      requestId,
    })
  }
}
