import { Buffer } from 'node:buffer'
import { createHash, randomUUID } from 'node:crypto'

import { ecKey, forge, signWith, type TestKey } from './forge-jwt.fixture.ts'

/** What a proof is of; everything in it can be replaced or, with `undefined`, left out. */
export interface ProofOptions {
  readonly key?: TestKey
  readonly algorithm?: string
  readonly method?: string
  readonly url: string
  readonly at: number
  readonly nonce?: string | undefined
  readonly accessToken?: string
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

export const holderKey = ecKey('holder')

/** A DPoP proof (RFC 9449 section 4.2), right in everything that the test does not say. */
export function aProof({
  key = holderKey,
  algorithm = 'ES256',
  method = 'POST',
  url,
  at,
  nonce,
  accessToken,
  header = {},
  claims = {},
}: ProofOptions): string {
  const ath = accessToken && createHash('sha256').update(accessToken).digest('base64url')
  return forge(
    { typ: 'dpop+jwt', alg: algorithm, jwk: publicJwk(key), ...header },
    { jti: randomUUID(), htm: method, htu: url, iat: at, nonce, ath, ...claims },
    signWith(key, algorithm),
  )
}

/** The thumbprint of an EC key (RFC 7638), computed apart from the code that is tested. */
export function thumbprintOf({ jwk: { crv, kty, x, y } }: TestKey): string {
  const text = JSON.stringify({ crv, kty, x, y })
  return Buffer.from(createHash('sha256').update(text).digest()).toString('base64url')
}

function publicJwk({ jwk: { kty, crv, x, y, n, e } }: TestKey): Readonly<Record<string, unknown>> {
  return { kty, crv, x, y, n, e }
}
