/** The key that a token is bound to, by its JWK SHA-256 thumbprint: `cnf.jkt` (RFC 9449 section 6.1). */
export interface Confirmation {
  readonly jkt: string
}

/** Why a DPoP proof was not accepted. */
export type DpopRefusal =
  | { readonly reason: 'invalid_dpop_proof'; readonly why: DpopFault }
  /** It carries no nonce of the vault's, or one of long ago (RFC 9449 sections 8 and 9). */
  | { readonly reason: 'use_dpop_nonce' }

/** What is wrong with a proof. For the log: the caller only hears that the proof is invalid. */
export type DpopFault =
  /** There is none, where one has to be. */
  | 'missing'
  /** No JWT, or several proofs at once. */
  | 'malformed'
  | 'wrong_type'
  | 'algorithm_not_allowed'
  /** No public key that suits the algorithm, or one with private members. */
  | 'unsuitable_key'
  | 'bad_signature'
  | 'wrong_method'
  | 'wrong_url'
  | 'not_recent'
  /** The proof was made for another access token, or for none. */
  | 'wrong_access_token'
  /** The token is bound to another key. */
  | 'wrong_key'
  | 'replayed'
