import type { Client } from '../domain/client.ts'
import type { AccessToken } from './access-tokens.ts'

/** Says what the vault's own JWT access tokens are worth (RFC 7662): those that the authorization server does not keep. */
export interface TokenIntrospection {
  /**
   * What a live access token says, when it was issued to this client or is for the API that the client is (RV-12).
   * `inactive` for every other JWT, and for one whose login has ended; `undefined` for what is no JWT at all.
   */
  read(query: {
    readonly client: Client
    /** Attacker-controlled. */
    readonly token: string
  }): Promise<IntrospectedToken | 'inactive' | undefined>
}

export interface IntrospectedToken extends AccessToken {
  /** Who acts for the subject, as the token says it (RFC 8693 section 4.1). */
  readonly act?: unknown
}
