import type { AllowedAccount, Consent, ConsentKey } from '../domain/consent.ts'

/**
 * What users allowed clients (RV-70). A record that is not the vault's own counts as none. Implementations pass
 * `describeConsentStore` (storage/consent-store.contract.ts).
 */
export interface ConsentStore {
  /** The accounts that the user allowed, in no order. Each exchange of a client that asks reads it: one indexed read. */
  find(key: ConsentKey): Promise<readonly AllowedAccount[]>
  /**
   * Adds scopes to what is allowed, in one atomic step: of two at once both are in it, and what was revoked meanwhile
   * does not come back. `no_account`: the user has no such account on the connection.
   */
  allow(
    request: ConsentKey & AllowedAccount & { readonly now: number },
  ): Promise<'added' | 'known' | 'no_account'>
  /** Ends all that the user allowed a client, on one connection or on all; resolves to how many records that were. */
  revoke(query: {
    readonly tenant: string
    readonly userId: string
    readonly clientId: string
    readonly connection?: string | undefined
  }): Promise<number>
  /** All that the user allowed, ordered by client. Each record took a person's click: they are few. */
  listOfUser(query: {
    readonly tenant: string
    readonly userId: string
  }): Promise<readonly Consent[]>
}
