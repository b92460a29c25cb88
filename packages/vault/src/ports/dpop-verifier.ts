import type { Confirmation, DpopRefusal } from '../domain/dpop.ts'
import type { Result } from '../domain/result.ts'

/** Decides whether a request comes from the holder of a key (RFC 9449 section 4.3, RV-95). */
export interface DpopVerifier {
  /** The key that made the proof. Throws when the replay store is down: without it nothing is fresh. */
  verify(request: DpopRequest): Promise<Result<Confirmation, DpopRefusal>>
  /** What a proof must carry as `nonce`, for the next minutes. */
  nextNonce(): string
}

export interface DpopRequest {
  /** The `DPoP` header as received; `undefined` when there is none. Attacker-controlled. */
  readonly proof: string | undefined
  readonly method: string
  /** Where the request went, as the vault is known to the world: without query and fragment. */
  readonly url: string
  /** At a resource: the token that the proof goes with, and the key that the token is bound to. */
  readonly accessToken?: { readonly token: string; readonly confirmation: Confirmation } | undefined
}
