import { SignJWT } from 'jose'

import type { SigningAlgorithm } from '../domain/api.ts'
import type { AccessTokens } from '../ports/access-tokens.ts'
import type { Runtime } from '../ports/runtime.ts'
import {
  ACCESS_TOKEN_JWT_TYPE,
  readAccessTokenClaims,
  toAccessTokenClaims,
} from './access-token-claims.ts'
import { createOwnJwts } from './own-jwts.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface AccessTokensOptions {
  /** The vault's issuer, exactly as in `iss`. */
  readonly issuer: string
  readonly keys: SigningKeys
  readonly runtime: Pick<Runtime, 'now'>
  /** Default `RS256`, which every client reads (R27). */
  readonly algorithm?: SigningAlgorithm | undefined
}

/** Issues and reads the vault's own access tokens (RFC 9068). */
export function createAccessTokens({
  issuer,
  keys,
  runtime,
  algorithm: usual = 'RS256',
}: AccessTokensOptions): AccessTokens {
  const jwts = createOwnJwts({ issuer, keys })
  return {
    async sign(token, { algorithm = usual } = {}) {
      const key = await keys.current(algorithm)
      return await new SignJWT(toAccessTokenClaims(token, issuer))
        .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: ACCESS_TOKEN_JWT_TYPE })
        .setIssuer(issuer)
        .setAudience(token.audience)
        .setSubject(token.userId)
        .setIssuedAt(token.issuedAt)
        .setExpirationTime(token.expiresAt)
        .setJti(token.id)
        .sign(key.privateKey)
    },

    async verify(token, audience) {
      const jwt = await jwts.read(token)
      if (!jwt.ok) return undefined
      const claims = readAccessTokenClaims(jwt.value, { issuer, now: runtime.now() })
      return claims.ok && claims.value.audience === audience ? claims.value : undefined
    },
  }
}
