import { SignJWT } from 'jose'

import type { SigningAlgorithm } from '../domain/api.ts'
import { base64url } from '../domain/base64url.ts'
import { parseScope } from '../domain/scope.ts'
import type { AccessTokens, MyAccountToken } from '../ports/access-tokens.ts'
import type { Runtime } from '../ports/runtime.ts'
import { isObject, type Jwt, readJwt } from './read-jwt.ts'
import type { SigningKeys } from './signing-keys.ts'
import { isSignedBy } from './verification-key.ts'

/** RFC 9068 section 2.1. */
const TYPE = 'at+jwt'
const CLOCK_SKEW_SECONDS = 30
/** The claim that keeps who the login system says the user is: `sub` is the vault's own id. */
const IDENTITY_CLAIM = 'valetkey_identity'

export interface AccessTokensOptions {
  /** The vault's issuer, exactly as in `iss`. */
  readonly issuer: string
  readonly keys: SigningKeys
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
  /** Default `RS256`, which every client reads (R27). */
  readonly algorithm?: SigningAlgorithm | undefined
}

/** Issues and reads the vault's own access tokens (RFC 9068). */
export function createAccessTokens({
  issuer,
  keys,
  runtime,
  algorithm = 'RS256',
}: AccessTokensOptions): AccessTokens {
  return {
    async sign(token) {
      const key = await keys.current(algorithm)
      const { identity } = token
      return await new SignJWT({
        client_id: token.clientId,
        scope: token.scopes.join(' '),
        [IDENTITY_CLAIM]: { iss: identity.issuer, sub: identity.subject },
      })
        .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: TYPE })
        .setIssuer(issuer)
        .setAudience(token.audience)
        .setSubject(token.userId)
        .setIssuedAt(token.issuedAt)
        .setExpirationTime(token.expiresAt)
        .setJti(base64url(runtime.randomBytes(16)))
        .sign(key.privateKey)
    },

    async verify(token, audience) {
      const jwt = readJwt(token)
      if (jwt?.type !== TYPE || jwt.keyId === undefined) return undefined
      const key = await keys.find(jwt.keyId)
      if (key === undefined || jwt.algorithm !== key.algorithm) return undefined
      if (!(await isSignedBy(token, key.publicKey, key.algorithm))) return undefined
      return readMyAccountToken(jwt.claims, { issuer, audience, now: runtime.now() })
    },
  }
}

function readMyAccountToken(
  claims: Jwt['claims'],
  { issuer, audience, now }: { issuer: string; audience: string; now: number },
): MyAccountToken | undefined {
  const { iss, aud, sub, client_id: clientId, scope, iat, exp } = claims
  if (iss !== issuer || aud !== audience) return undefined
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined
  if (exp <= now || iat > now + CLOCK_SKEW_SECONDS) return undefined
  if (typeof sub !== 'string' || typeof clientId !== 'string' || typeof scope !== 'string') {
    return undefined
  }
  const scopes = parseScope(scope)
  const identity = claims[IDENTITY_CLAIM]
  if (scopes === undefined || !isObject(identity)) return undefined
  const { iss: identityIssuer, sub: subject } = identity
  if (typeof identityIssuer !== 'string' || typeof subject !== 'string') return undefined
  return {
    audience,
    clientId,
    userId: sub,
    identity: { issuer: identityIssuer, subject },
    scopes,
    issuedAt: iat,
    expiresAt: exp,
  }
}
