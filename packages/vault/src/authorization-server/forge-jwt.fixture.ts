import { Buffer } from 'node:buffer'
import {
  constants,
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto'

/** A key of a test's issuer, and how it is published. */
export interface TestKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JsonWebKey & { readonly kid: string }
}

export function rsaKey(kid: string, modulusLength = 2048): TestKey {
  return toTestKey(kid, generateKeyPairSync('rsa', { modulusLength }))
}

export function ecKey(kid: string): TestKey {
  return toTestKey(kid, generateKeyPairSync('ec', { namedCurve: 'P-256' }))
}

export function edwardsKey(kid: string): TestKey {
  return toTestKey(kid, generateKeyPairSync('ed25519'))
}

/** A part of a JWT: an object, or text that is encoded as it is, well-formed or not. */
export type Part = Readonly<Record<string, unknown>> | string | Uint8Array

export function encodePart(part: Part): string {
  if (part instanceof Uint8Array) return Buffer.from(part).toString('base64url')
  const text = typeof part === 'string' ? part : JSON.stringify(part)
  return Buffer.from(text).toString('base64url')
}

/** A compact JWS over any parts, honestly signed: what is wrong with it is what the test put in. */
export function forge(header: Part, payload: Part, signer: (input: string) => Buffer): string {
  const input = `${encodePart(header)}.${encodePart(payload)}`
  return `${input}.${signer(input).toString('base64url')}`
}

/** Signs as a JWS algorithm does, without asking whether the key suits it. */
export function signWith(key: TestKey, algorithm: string): (input: string) => Buffer {
  return (input) => {
    const data = Buffer.from(input)
    const hash = `sha${algorithm.slice(2)}`
    switch (algorithm.slice(0, 2)) {
      case 'RS':
        return sign(hash, data, key.privateKey)
      case 'PS':
        return sign(hash, data, {
          key: key.privateKey,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        })
      case 'ES':
        return sign(hash, data, { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
      default:
        return sign(null, data, key.privateKey)
    }
  }
}

export function hmacWith(secret: string | Buffer): (input: string) => Buffer {
  return (input) => createHmac('sha256', secret).update(input).digest()
}

function toTestKey(
  kid: string,
  { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject },
): TestKey {
  return { kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } }
}
