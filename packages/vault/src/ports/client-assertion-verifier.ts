import type { Client } from '../domain/client.ts'

/** `private_key_jwt` (RFC 7523 section 3, RV-25): signature, claims and single use. */
export interface ClientAssertionVerifier {
  /** The client id an assertion claims, unverified: only to look the client up. `undefined` when it is no JWT. */
  claimedClientId(assertion: string): string | undefined
  /**
   * Takes as long for a client that does not exist, or has no keys, as for one that has (RV-24). Never throws for a bad
   * assertion; throws when the replay store is down.
   */
  verify(request: {
    readonly client: Pick<Client, 'id' | 'authentication'> | undefined
    readonly assertion: string
  }): Promise<boolean>
}
