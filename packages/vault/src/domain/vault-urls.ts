/** Where a browser begins to connect; the ticket is added as its only query parameter. */
export function connectUri(issuer: string): string {
  return new URL('connect', issuer).href
}

/** The redirect URI to register at a connection's provider: one for each connection, against mix-up (RFC 9700 section 4.4.2). */
export function callbackUri(issuer: string, connection: string): string {
  return new URL(`callback/${connection}`, issuer).href
}

/** The audience of tokens for the connected-accounts API. */
export function myAccountAudience(issuer: string): string {
  return new URL('me/', issuer).href
}

/** Where it is written who may call that API, and how (RFC 9728 section 3.1). */
export function myAccountMetadataUrl(issuer: string): string {
  return new URL('.well-known/oauth-protected-resource/me/', issuer).href
}

/** Where people see and end what the vault keeps for them. */
export function accountUri(issuer: string): string {
  return new URL('account', issuer).href
}

/** Where a login for the vault's own pages ends. */
export function signedInUri(issuer: string): string {
  return new URL('account/signed-in', issuer).href
}

/** A link that connects without an app (R11). */
export function connectLinkUri(issuer: string, link: string): string {
  return new URL(`connect/link/${link}`, issuer).href
}

/** Where connecting without an app ends, instead of at a client's redirect URI. */
export function connectDoneUri(issuer: string): string {
  return new URL('connect/done', issuer).href
}

/** The audience of what an admin client signs to prove itself. */
export function adminAudience(issuer: string): string {
  return new URL('api/v1/', issuer).href
}
