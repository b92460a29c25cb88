import { accept, refuse, type Result } from '../domain/result.ts'
import type { SubjectRefusal } from '../domain/subject.ts'
import { type Jwt, readJwt } from './read-jwt.ts'
import type { SigningKeys } from './signing-keys.ts'
import { isSignedBy } from './verification-key.ts'

export interface OwnJwtsOptions {
  /** The vault's issuer, exactly as in `iss`. */
  readonly issuer: string
  readonly keys: Pick<SigningKeys, 'find'>
}

/** Reads JWTs that the vault signed itself. */
export interface OwnJwts {
  /**
   * What it says, when the vault has said it: kind, audience and times are for the caller to check.
   * `unknown_issuer` for tokens that do not claim to be the vault's.
   */
  read(token: string): Promise<Result<Jwt, SubjectRefusal>>
}

export function createOwnJwts({ issuer, keys }: OwnJwtsOptions): OwnJwts {
  return {
    async read(token) {
      const jwt = readJwt(token)
      if (jwt === undefined) return refuse({ reason: 'malformed' })
      if (jwt.claims['iss'] !== issuer) return refuse({ reason: 'unknown_issuer' })
      const key = jwt.keyId === undefined ? undefined : await keys.find(jwt.keyId)
      if (key === undefined) return refuse({ reason: 'unknown_key' })
      if (jwt.algorithm !== key.algorithm) return refuse({ reason: 'algorithm_not_allowed' })
      return (await isSignedBy(token, key.publicKey, key.algorithm))
        ? accept(jwt)
        : refuse({ reason: 'bad_signature' })
    },
  }
}
