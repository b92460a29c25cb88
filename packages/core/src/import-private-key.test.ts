import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import { importPrivateKey } from './import-private-key.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
const edwards = generateKeyPairSync('ed25519').privateKey

const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString()
const jwk = (key: KeyObject): JsonWebKey => key.export({ format: 'jwk' })

describe('a private key is imported', () => {
  test.for([
    ['RS256', rsa, 'RSASSA-PKCS1-v1_5'],
    ['PS512', rsa, 'RSA-PSS'],
    ['ES384', ec, 'ECDSA'],
    ['EdDSA', edwards, 'Ed25519'],
  ] as const)('for %s, from PEM, JWK and CryptoKey', async ([algorithm, key, name]) => {
    const fromPem = await importPrivateKey({ key: pem(key), algorithm })
    const fromJwk = await importPrivateKey({ key: { ...jwk(key), alg: algorithm, use: 'sig' } })

    expect(fromPem.algorithm.name).toBe(name)
    expect(fromJwk.algorithm.name).toBe(name)
    expect(fromPem).toMatchObject({ type: 'private', extractable: false, usages: ['sign'] })
    expect(await importPrivateKey({ key: fromPem })).toBe(fromPem)
  })

  test.for([
    ['a key of another algorithm', { key: pem(ec), algorithm: 'RS256' }],
    ['a curve of another algorithm', { key: jwk(ec), algorithm: 'ES256' }],
    ['a JWK without algorithm', { key: jwk(ec) }],
    ['a symmetric algorithm', { key: jwk(ec), algorithm: 'HS256' }],
    ['an inherited name', { key: jwk(ec), algorithm: 'constructor' }],
    ['no PEM', { key: 'canary', algorithm: 'ES256' }],
    [
      'an empty PEM',
      { key: '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----', algorithm: 'ES256' },
    ],
  ])('but not %s', async ([, privateKey]) => {
    const options = Object.assign({ key: '' }, privateKey)

    const error = await importPrivateKey(options).catch((caught: unknown) => caught)

    expect(error).toBeInstanceOf(Error)
    expect(String(error)).not.toContain('canary')
  })
})

test('base64url is read back, and nothing else is', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)

  expect(decodeBase64url(encodeBase64url(bytes))).toEqual(bytes)
  expect(encodeBase64url(new Uint8Array([255, 254]))).toBe('__4')
  expect(['+', 'a', 'ab=', 'é'].map(decodeBase64url)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
