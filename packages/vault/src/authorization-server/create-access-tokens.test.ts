import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'

import type { AccessToken } from '../ports/access-tokens.ts'
import type { StoredSigningKey } from '../ports/signing-key-store.ts'
import { createAccessTokens } from './create-access-tokens.ts'
import { ecKey, forge, signWith } from './forge-jwt.fixture.ts'
import { createSigningKeys } from './signing-keys.ts'

const NOW = 1_800_000_000
const ISSUER = 'https://vault.example.com/'
const AUDIENCE = `${ISSUER}me/`

describe('an access token of the vault', () => {
  test('is what RFC 9068 wants, and reads back as it was', async () => {
    const { tokens } = aSigner()

    const token = await tokens.sign(aToken())

    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'ES256',
      kid: expect.any(String),
      typ: 'at+jwt',
    })
    expect(decodeJwt(token)).toEqual({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'usr_1',
      client_id: 'my-agent',
      scope: 'read:me write:me',
      iat: NOW,
      exp: NOW + 600,
      jti: 'token-1',
      valetkey_identity: { iss: 'https://login.example.com/', sub: 'alice' },
    })
    expect(await tokens.verify(token, AUDIENCE)).toEqual(aToken())
  })

  test('for an API of the deployment shows the user, who acts, and nothing that an act must not hold', async () => {
    const { tokens } = aSigner()
    const token: AccessToken = {
      ...aToken(),
      audience: 'https://api.example.com',
      identity: { issuer: ISSUER, subject: 'usr_1' },
      actor: {
        subject: 'inventory',
        actor: { subject: 'robot', issuer: 'https://idp.example.com/' },
      },
      grantId: 'grant-1',
      keyThumbprint: 'thumbprint',
    }

    const jwt = await tokens.sign(token, { algorithm: 'RS256' })

    expect(decodeProtectedHeader(jwt)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' })
    expect(decodeJwt(jwt)).toEqual({
      iss: ISSUER,
      aud: 'https://api.example.com',
      sub: 'usr_1',
      client_id: 'my-agent',
      scope: 'read:me write:me',
      iat: NOW,
      exp: NOW + 600,
      jti: 'token-1',
      act: { sub: 'inventory', act: { sub: 'robot', iss: 'https://idp.example.com/' } },
      valetkey_grant: 'grant-1',
      cnf: { jkt: 'thumbprint' },
    })
    expect(await tokens.verify(jwt, 'https://api.example.com')).toEqual(token)
  })

  test('R27: is RS256 unless asked otherwise', async () => {
    const { tokens } = aSigner({ algorithm: undefined })

    expect(decodeProtectedHeader(await tokens.sign(aToken()))).toMatchObject({ alg: 'RS256' })
    const { keys } = await tokens.jwks()
    expect(keys.filter(({ alg }) => alg === 'RS256')).toEqual([
      {
        kty: 'RSA',
        n: expect.any(String),
        e: 'AQAB',
        kid: expect.any(String),
        use: 'sig',
        alg: 'RS256',
      },
    ])
  })

  test('is no token for another audience', async () => {
    const { tokens } = aSigner()

    expect(await tokens.verify(await tokens.sign(aToken()), 'https://api.example.com/')).toBe(
      undefined,
    )
  })

  test('is no token when it has expired', async () => {
    const { tokens, advance } = aSigner()
    const token = await tokens.sign(aToken())

    advance(599)
    expect(await tokens.verify(token, AUDIENCE)).toMatchObject({ userId: 'usr_1' })
    advance(1)
    expect(await tokens.verify(token, AUDIENCE)).toBeUndefined()
  })

  test('of another issuer with the same key is none of ours', async () => {
    const { store } = aSigner()
    const theirs = aSigner({ store, issuer: 'https://evil.example.com/' })
    const ours = aSigner({ store })

    expect(await ours.tokens.verify(await theirs.tokens.sign(aToken()), AUDIENCE)).toBeUndefined()
  })

  test.each<[string, Record<string, unknown>]>([
    ['our kid', {}],
    ['an unknown kid', { kid: 'other' }],
    ['no kid', { kid: undefined }],
    ['the type JWT', { typ: 'JWT' }],
    ['no type', { typ: undefined }],
    ['no algorithm', { alg: 'none' }],
  ])('forged with %s is none of ours', async (_, header) => {
    const { tokens } = aSigner()
    const published = (await tokens.jwks()).keys.find(({ alg }) => alg === 'ES256')
    const kid = published?.['kid']
    const forged = forge(
      { alg: 'ES256', kid, typ: 'at+jwt', ...header },
      JSON.stringify(decodeJwt(await tokens.sign(aToken()))),
      signWith(ecKey('x'), 'ES256'),
    )

    expect(await tokens.verify(forged, AUDIENCE)).toBeUndefined()
    expect(await tokens.verify('no token', AUDIENCE)).toBeUndefined()
  })
})

describe('the signing key', () => {
  test('is made once, kept sealed, and found again by the next process', async () => {
    const first = aSigner()
    const token = await first.tokens.sign(aToken())

    const second = aSigner({ store: first.store })

    expect(await second.tokens.verify(token, AUDIENCE)).toEqual(aToken())
    expect(await second.tokens.jwks()).toEqual(await first.tokens.jwks())
    expect(first.store.map(({ algorithm }) => algorithm)).toEqual(['RS256', 'ES256'])
    expect(JSON.stringify(await first.tokens.jwks())).not.toContain('"d"')
    const sealed = { tenant: 'default', owner: 'signing_key', column: 'private_key' }
    expect(first.sealedContexts).toEqual([
      expect.objectContaining(sealed),
      expect.objectContaining(sealed),
    ])
  })

  test('of the process that was first counts for both', async () => {
    const store: StoredSigningKey[] = []
    const [one, two] = [aSigner({ store }), aSigner({ store })]

    const [a, b] = await Promise.all([one.tokens.sign(aToken()), two.tokens.sign(aToken())])

    expect(store).toHaveLength(2)
    expect(await one.tokens.verify(b, AUDIENCE)).toMatchObject({ userId: 'usr_1' })
    expect(await two.tokens.verify(a, AUDIENCE)).toMatchObject({ userId: 'usr_1' })
  })

  test('that could not be loaded is tried again', async () => {
    const signer = aSigner({ failures: 1 })

    await expect(signer.tokens.jwks()).rejects.toThrow('disk full')
    expect((await signer.tokens.jwks()).keys).toHaveLength(2)
  })
})

test('the next signing key is published before it signs, and the last one until nothing needs it', async () => {
  const { tokens, advance } = aSigner()
  const kidOf = (token: string): unknown => decodeProtectedHeader(token).kid
  const published = async (): Promise<readonly unknown[]> =>
    (await tokens.jwks()).keys.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid)
  const lasting = (): AccessToken => aToken({ expiresAt: NOW + 10_000_000_000 })
  const [first] = await published()
  expect(await tokens.rotate()).toEqual([])

  advance(7_776_000)
  const made = await tokens.rotate()
  expect(made).toHaveLength(2)
  expect(await published()).toEqual([first, expect.anything()])
  const before = await tokens.sign(lasting())
  expect(kidOf(before)).toBe(first)
  expect(await tokens.rotate()).toEqual([])

  advance(900)
  const after = await tokens.sign(lasting())
  expect(made).toContain(kidOf(after))
  expect(await published()).toEqual([kidOf(after), first])
  expect(await tokens.verify(before, AUDIENCE)).toMatchObject({ userId: 'usr_1' })

  advance(172_800)
  await tokens.rotate()
  expect(await published()).toEqual([kidOf(after)])
  expect(await tokens.verify(before, AUDIENCE)).toBeUndefined()
  expect(await tokens.verify(after, AUDIENCE)).toMatchObject({ userId: 'usr_1' })
})

function aToken(overrides: Partial<AccessToken> = {}): AccessToken {
  return {
    id: 'token-1',
    audience: AUDIENCE,
    clientId: 'my-agent',
    userId: 'usr_1',
    identity: { issuer: 'https://login.example.com/', subject: 'alice' },
    scopes: ['read:me', 'write:me'],
    issuedAt: NOW,
    expiresAt: NOW + 600,
    ...overrides,
  }
}

function aSigner({
  store = [],
  issuer = ISSUER,
  failures = 0,
  ...options
}: {
  store?: StoredSigningKey[]
  issuer?: string
  failures?: number
  algorithm?: 'RS256' | 'ES256' | undefined
} = {}) {
  let offset = 0
  let remaining = failures
  const sealedContexts: unknown[] = []
  const runtime = {
    now: () => NOW + offset,
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  }
  const keys = createSigningKeys({
    tenant: 'default',
    signingKeys: {
      list: async () => {
        if (remaining-- > 0) throw new Error('disk full')
        return [...store]
      },
      remove: async ({ kid }) => {
        store.splice(
          store.findIndex((key) => key.kid === kid),
          1,
        )
      },
      insert: async (key) => {
        const taken = store.some(
          ({ algorithm, position }) => algorithm === key.algorithm && position === key.position,
        )
        if (taken) return false
        store.push(key)
        return true
      },
    },
    // What sealing is worth is tested with the sealer; here only that nothing goes around it.
    sealer: {
      seal: async (plaintext, context) => {
        sealedContexts.push(context)
        return new TextEncoder().encode(JSON.stringify([plaintext, context]))
      },
      open: async (sealed, context) => {
        const [plaintext, sealedFor] = JSON.parse(new TextDecoder().decode(sealed))
        expect(context).toEqual(sealedFor)
        return plaintext
      },
      checkKey: async () => {},
    },
    runtime,
  })
  const algorithm = 'algorithm' in options ? options.algorithm : 'ES256'
  return {
    tokens: { ...createAccessTokens({ issuer, keys, runtime, algorithm }), ...keys },
    store,
    sealedContexts,
    advance: (seconds: number) => {
      offset += seconds
    },
  }
}
