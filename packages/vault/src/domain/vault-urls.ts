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

/** The audience of what an admin client signs to prove itself. */
export function adminAudience(issuer: string): string {
  return new URL('api/v1/', issuer).href
}
