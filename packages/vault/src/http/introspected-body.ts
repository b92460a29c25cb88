import type { IntrospectedToken } from '../ports/token-introspection.ts'

/** RFC 7662 section 2.2. Of a token that is not active, or none of the caller's business, nothing is said but that. */
export function introspectedBody(
  token: IntrospectedToken | 'inactive',
  issuer: string,
): Readonly<Record<string, unknown>> {
  if (token === 'inactive') return { active: false }
  const { keyThumbprint } = token
  return {
    active: true,
    iss: issuer,
    sub: token.userId,
    aud: token.audience,
    client_id: token.clientId,
    scope: token.scopes.join(' '),
    iat: token.issuedAt,
    exp: token.expiresAt,
    jti: token.id,
    act: token.act,
    token_type: keyThumbprint === undefined ? 'Bearer' : 'DPoP',
    cnf: keyThumbprint === undefined ? undefined : { jkt: keyThumbprint },
  }
}
