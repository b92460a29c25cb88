import type { ProviderDefinition } from '@valetkey/providers'
import { createHash, timingSafeEqual } from 'node:crypto'
import { jwtVerify, type JWTPayload } from 'jose'

import { accept, refuse, type Result } from '../domain/result.ts'
import { KeysUnavailableError, type ProviderKeys } from './provider-keys.ts'

const LEEWAY_SECONDS = 60
/** An ID token comes straight from the token endpoint. */
const MAX_AGE_SECONDS = 600

/** Asymmetric algorithms only: the client secret is not a key to trust an identity by (RV-38). */
const ALGORITHMS = [
  'RS256',
  'PS256',
  'ES256',
  'EdDSA',
  'Ed25519',
  'RS384',
  'PS384',
  'ES384',
  'RS512',
  'PS512',
  'ES512',
]

/** Why an ID token was not believed. */
export type IdTokenRefusal = 'id_token_invalid' | 'id_token_keys_unavailable'

/** The claims of an ID token that came with a code (OpenID Connect Core section 3.1.3.7, RV-62). */
export async function verifyIdToken({
  idToken,
  definition,
  clientId,
  nonce,
  accessToken,
  keys,
  now,
}: {
  readonly idToken: string
  readonly definition: ProviderDefinition
  readonly clientId: string
  readonly nonce: string
  readonly accessToken: string
  readonly keys: ProviderKeys
  readonly now: number
}): Promise<Result<JWTPayload, IdTokenRefusal>> {
  const { issuer, jwksUri } = definition
  if (issuer === undefined || jwksUri === undefined) return refuse('id_token_invalid')
  try {
    const { payload, protectedHeader } = await jwtVerify(idToken, keys(jwksUri), {
      issuer,
      audience: clientId,
      algorithms: ALGORITHMS,
      currentDate: new Date(now * 1000),
      clockTolerance: LEEWAY_SECONDS,
      maxTokenAge: MAX_AGE_SECONDS,
      requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
    })
    const isOurs =
      payload['nonce'] === nonce &&
      isAuthorizedParty(payload, clientId) &&
      isHashOf(payload['at_hash'], accessToken, protectedHeader.alg)
    return isOurs ? accept(payload) : refuse('id_token_invalid')
  } catch (error) {
    return refuse(
      error instanceof KeysUnavailableError ? 'id_token_keys_unavailable' : 'id_token_invalid',
    )
  }
}

/** A token for several audiences is ours only if it says that it was made for us. */
function isAuthorizedParty({ aud, azp }: JWTPayload, clientId: string): boolean {
  if (azp !== undefined) return azp === clientId
  return !Array.isArray(aud) || aud.length === 1
}

/** OpenID Connect Core section 3.1.3.6: optional, but binds the access token where it is there. */
function isHashOf(claim: unknown, accessToken: string, algorithm: string): boolean {
  if (claim === undefined) return true
  if (typeof claim !== 'string') return false
  const digest = createHash(hashOf(algorithm)).update(accessToken, 'ascii').digest()
  const expected = digest.subarray(0, digest.length / 2).toString('base64url')
  return (
    claim.length === expected.length && timingSafeEqual(Buffer.from(claim), Buffer.from(expected))
  )
}

/** The hash of the signature's algorithm; Ed25519 signs over SHA-512. */
function hashOf(algorithm: string): string {
  const bits = /\d{3}$/.exec(algorithm)?.[0]
  return bits === undefined || algorithm.startsWith('Ed') ? 'sha512' : `sha${bits}`
}
