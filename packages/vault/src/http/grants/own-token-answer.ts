/** The answer for a token of the vault's own, which is bound to the key that the request proved to hold. */
export function toOwnTokenAnswer(
  {
    accessToken,
    expiresInSeconds,
    scopes,
  }: {
    readonly accessToken: string
    readonly expiresInSeconds: number
    readonly scopes: readonly string[]
  },
  jkt: string | undefined,
): Readonly<Record<string, unknown>> {
  return {
    access_token: accessToken,
    token_type: jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: expiresInSeconds,
    scope: scopes.join(' '),
  }
}
