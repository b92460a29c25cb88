/** Who a login system says the user is. The pair is the key; an e-mail never is (RV-35). */
export interface Identity {
  /** Issuer exactly as in the token's `iss`. */
  readonly issuer: string
  readonly subject: string
}

/** A link of an act chain, outermost the current actor (RFC 8693 section 4.1). */
export interface Actor {
  readonly subject: string
  readonly issuer?: string | undefined
  readonly actor?: Actor | undefined
}
