import type { Client, GrantType } from '../../domain/client.ts'
import type { Parameters } from '../read-parameters.ts'
import type { Dialect } from '../to-wire-error.ts'
import type { TokenRefusal } from '../token-refusal.ts'

/** One grant of the token endpoint. */
export interface Grant {
  /** As in `grant_type`. */
  readonly grantType: string
  /** As in a client's `grants`. */
  readonly name: GrantType
  readonly dialect: Dialect
  /** Parameters that it reads; others are ignored, and their names logged (RV-04). */
  readonly parameters: readonly string[]
  /** Who verifies DPoP proofs: whoever the request is forwarded to. Default: the token endpoint. */
  readonly proofs?: 'forwarded' | undefined
  readonly handle: (request: GrantRequest) => Promise<GrantAnswer>
}

export interface GrantRequest {
  /** Authenticated, and allowed this grant. */
  readonly client: Client
  readonly parameters: Parameters
  /** Of the key that the request was verified to hold; absent when it came without a DPoP proof. */
  readonly jkt?: string | undefined
  readonly requestId: string
  /** The request's proof of possession (RFC 9449), to be forwarded. Attacker-controlled. */
  readonly dpop?: string | undefined
}

/** The body of a 200, a whole answer that somebody else made, or why there is none. */
export type GrantAnswer =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> | Response }
  | { readonly ok: false; readonly refusal: TokenRefusal }
