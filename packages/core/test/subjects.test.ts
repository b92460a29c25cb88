import { inspect } from 'node:util'
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  createValetKeyClient,
  isInterruptError,
  type SignedSubject,
  type ValetKeyOptions,
} from '../src/index.ts'
import { aClient, agentPublicKey, aKeyClient, testRuntime } from './builders.ts'
import { type SeenRequest, startModelVault, tokenAnswer } from './model-vault.ts'

const github = { connection: 'github', scopes: ['repo'] }
const type = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`

type Sources = Pick<ValetKeyOptions, 'refreshToken' | 'accessToken' | 'subjectToken'>

describe('each source is sent with its type, in both dialects', () => {
  test.for([
    ['a login refresh token', { refreshToken: 'rt' }, 'rt', 'refresh_token'],
    ['a login access token', { accessToken: () => 'at' }, 'at', 'access_token'],
    [
      "a trusted issuer's JWT",
      { subjectToken: { token: 'a.b.c', type: type('jwt') } },
      'a.b.c',
      'jwt',
    ],
    [
      'an ID token',
      { subjectToken: async () => ({ token: 'id.b.c', type: type('id_token') }) },
      'id.b.c',
      'id_token',
    ],
  ] satisfies [string, Sources, string, string][])('%s', async ([, source, token, name]) => {
    await using vault = await startModelVault()

    for (const dialect of ['rfc8693', 'auth0'] as const) {
      await aClient(vault.issuer, { ...source, dialect }).getAccessTokenForConnection(github)
    }

    const [standard, auth0] = vault.requests.map(({ form }) => form)
    const client = { client_id: 'agent', client_secret: 'agent-secret' }
    expect(standard).toEqual({
      ...client,
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: type(name),
      audience: 'github',
      scope: 'repo',
    })
    expect(auth0).toEqual({
      ...client,
      grant_type:
        'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
      subject_token: token,
      subject_token_type: type(name),
      requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      connection: 'github',
    })
  })
})

/** What the vault was told about the user. */
async function signedToken(
  { form }: SeenRequest,
  issuer: string,
): Promise<Record<string, unknown>> {
  const { payload, protectedHeader } = await jwtVerify(
    form['subject_token'] ?? '',
    agentPublicKey,
    {
      issuer: 'agent',
      audience: issuer,
      typ: 'token-vault-req+jwt',
      algorithms: ['ES256'],
    },
  )
  return { ...payload, kid: protectedHeader.kid }
}

describe('R2: a user whom the client names', () => {
  test('is sent as a JWT of its own for each exchange, signed by the client, good for a minute', async () => {
    await using vault = await startModelVault()
    const client = aKeyClient(vault.issuer, { signedSubject: () => Promise.resolve('alice') })
    const before = Math.floor(Date.now() / 1000)

    await client.getAccessTokenForConnection(github)
    await client.getAccessTokenForConnection({ connection: 'slack' })

    const [first, second] = await Promise.all(
      vault.requests.map((request) => signedToken(request, vault.issuer)),
    )
    expect(first).toEqual({
      iss: 'agent',
      sub: 'alice',
      aud: vault.issuer,
      jti: expect.stringMatching(/^[\w-]{43}$/),
      iat: expect.any(Number),
      nbf: expect.any(Number),
      exp: expect.any(Number),
      kid: 'key-1',
    })
    expect(Number(first?.['iat'])).toBeGreaterThanOrEqual(before)
    expect(Number(first?.['exp']) - Number(first?.['iat'])).toBeLessThanOrEqual(60)
    expect(second?.['jti']).not.toBe(first?.['jti'])
    expect(vault.requests[0]?.form).toEqual({
      client_id: 'agent',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: expect.any(String),
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: expect.any(String),
      subject_token_type: type('jwt'),
      audience: 'github',
      scope: 'repo',
    })
  })

  test('is never confused with the client itself: other type, other sub', async () => {
    await using vault = await startModelVault()

    await aKeyClient(vault.issuer, { signedSubject: 'alice' }).getAccessTokenForConnection(github)

    const { client_assertion: assertion = '', subject_token: subject = '' } =
      vault.requests[0]?.form ?? {}
    expect(decodeJwt(assertion).sub).toBe('agent')
    expect(decodeProtectedHeader(assertion).typ).toBeUndefined()
    expect(decodeJwt(assertion).jti).not.toBe(decodeJwt(subject).jti)
    const asClient = aKeyClient(vault.issuer, { signedSubject: 'agent' })
    await expect(asClient.getAccessTokenForConnection(github)).rejects.toMatchObject({
      code: 'client_misconfigured',
      message: expect.stringContaining('id of the client'),
    })
    expect(vault.requests).toHaveLength(1)
  })

  test('is signed for again when a request is repeated: the first may have been read', async () => {
    let failures = 2
    await using vault = await startModelVault((request) =>
      failures-- > 0 ? { reset: true } : tokenAnswer(request),
    )

    await aKeyClient(vault.issuer, { signedSubject: 'alice' }).getAccessTokenForConnection(github)

    const tokens = vault.requests.map(({ form }) => form['subject_token'])
    expect(new Set(tokens).size).toBe(3)
  })

  test('has one token in the cache, whatever was signed for it, and nobody else gets it', async () => {
    await using vault = await startModelVault()
    const client = aKeyClient(vault.issuer, { signedSubject: ({ context }) => String(context) })
    const tool = client.withTokenForConnection(github, () => 1)

    await tool(undefined, { context: 'alice' })
    await tool(undefined, { context: 'alice' })
    await tool(undefined, { context: 'bob' })
    await tool(undefined, { context: 'alice' })
    // Somebody's token may read like somebody's id.
    await client.getAccessTokenForConnection({ ...github, accessToken: 'alice' })
    await client.getAccessTokenForConnection({
      ...github,
      subjectToken: { token: 'alice', type: type('jwt') },
    })

    const users = await Promise.all(
      vault.requests.slice(0, 2).map((request) => signedToken(request, vault.issuer)),
    )
    expect(users.map(({ sub }) => sub)).toEqual(['alice', 'bob'])
    expect(vault.requests.slice(2).map(({ form }) => form['subject_token'])).toEqual([
      'alice',
      'alice',
    ])
  })

  test('may come with the reason, which the vault is told at each change', async () => {
    await using vault = await startModelVault()
    const client = aKeyClient(vault.issuer, {
      signedSubject: ({ context }) => ({ subject: 'alice', auditContext: String(context) }),
    })
    const tool = client.withTokenForConnection(github, () => 1)

    await tool(undefined, { context: 'chat 1' })
    await tool(undefined, { context: 'chat 1' })
    await tool(undefined, { context: 'chat 2' })

    const claims = await Promise.all(
      vault.requests.map((request) => signedToken(request, vault.issuer)),
    )
    expect(claims.map((claim) => claim['audit_context'])).toEqual(['chat 1', 'chat 2'])
  })

  test('serves for own APIs and for connected accounts too', async () => {
    await using vault = await startModelVault()
    const client = aKeyClient(vault.issuer, { signedSubject: 'alice' })

    await client.exchangeForApi({ audience: 'https://orders.example.com' })
    await client
      .connectedAccounts()
      .listAccounts()
      .catch(() => undefined)

    const claims = await Promise.all(
      vault.requests.slice(0, 2).map((request) => signedToken(request, vault.issuer)),
    )
    expect(claims.map(({ sub }) => sub)).toEqual(['alice', 'alice'])
    expect(vault.requests[1]?.form['audience']).toBe(`${vault.issuer}me/`)
  })

  test.for([undefined, null, ''])('that is %j means that nobody is logged in', async (value) => {
    await using vault = await startModelVault()
    const client = aKeyClient(vault.issuer)

    for (const signedSubject of [
      value,
      () => value,
      () => Promise.resolve(value),
      () => ({ subject: value ?? '' }),
    ]) {
      await expect(
        client.getAccessTokenForConnection({ ...github, signedSubject }),
      ).rejects.toMatchObject({ code: 'login_required' })
    }
    expect(vault.requests).toHaveLength(0)
  })

  test.for([
    ['a number', '7'],
    ['a subject that is no text', '{"subject":7}'],
    ['an audit context that is no text', '{"subject":"alice","auditContext":7}'],
    ['an empty audit context', '{"subject":"alice","auditContext":""}'],
    ['an audit context that is too long', `{"subject":"a","auditContext":"${'x'.repeat(257)}"}`],
    ['a token', '{"token":"alice","type":"urn:ietf:params:oauth:token-type:jwt"}'],
  ] as const)('cannot be %s', async ([, json]) => {
    await using vault = await startModelVault()
    const client = aKeyClient(vault.issuer)
    const signedSubject = (): SignedSubject => JSON.parse(json)

    await expect(client.getAccessTokenForConnection({ ...github, signedSubject })).rejects.toThrow(
      /"signedSubject"/,
    )
    expect(vault.requests).toHaveLength(0)
  })

  test('needs a key: at creation where it is seen, otherwise before anything is sent', async () => {
    await using vault = await startModelVault()
    const client = aClient(vault.issuer)
    const sharing = createValetKeyClient({ client, signedSubject: 'alice' })

    expect(() => aClient(vault.issuer, { signedSubject: 'alice' })).toThrow(/"privateKey"/)
    for (const call of [
      client.getAccessTokenForConnection({ ...github, signedSubject: 'alice' }),
      sharing.getAccessTokenForConnection(github),
      sharing.exchangeForApi({ audience: 'https://orders.example.com' }),
    ]) {
      await expect(call).rejects.toMatchObject({
        code: 'client_misconfigured',
        message: expect.stringContaining('"privateKey"'),
      })
    }
    expect(vault.requests).toHaveLength(0)
  })

  test('whom the vault does not take has to log in, and the JWT is in no error', async () => {
    let signed = ''
    await using vault = await startModelVault(({ form }) => {
      signed = form['subject_token'] ?? ''
      return {
        status: 400,
        json: {
          error: 'invalid_request',
          error_description: `No ${signed}`,
          ...(form['audience'] === 'github' ? { vault_error: 'subject_token_invalid' } : {}),
        },
      }
    })
    const client = aKeyClient(vault.issuer, { signedSubject: 'alice' })

    const login = await client.getAccessTokenForConnection(github).catch((error: unknown) => error)
    expect(isInterruptError(login)).toBe(true)
    expect(login).toMatchObject({ code: 'login_required' })
    const other = await client
      .getAccessTokenForConnection({ connection: 'slack' })
      .catch((error: unknown) => error)
    expect(other).toMatchObject({ code: 'client_misconfigured' })
    // Messages are cut: its beginning must not be there either.
    const beginning = signed.slice(0, 40)
    expect(beginning).toHaveLength(40)
    expect(inspect(other, { depth: 9 })).not.toContain(beginning)
  })

  test("is Auth0's privileged worker in its dialect: with the reason, its token type and the scopes", async () => {
    await using vault = await startModelVault((request) =>
      tokenAnswer(request, {
        issued_token_type: 'http://auth0.com/oauth/token-type/token-vault-access-token',
      }),
    )
    const client = aKeyClient(vault.issuer, { dialect: 'auth0', accessToken: 'unused' })

    await client.getAccessTokenForConnection({
      ...github,
      loginHint: 'work',
      signedSubject: { subject: 'auth0|alice', auditContext: 'nightly report' },
    })

    expect(vault.requests[0]?.form).toEqual({
      client_id: 'agent',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: expect.any(String),
      grant_type:
        'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
      subject_token: expect.any(String),
      subject_token_type: type('jwt'),
      requested_token_type: 'http://auth0.com/oauth/token-type/token-vault-access-token',
      connection: 'github',
      login_hint: 'work',
      scope: 'repo',
    })
    const [request] = vault.requests
    if (request === undefined) throw new Error('no request')
    expect(await signedToken(request, vault.issuer)).toMatchObject({
      sub: 'auth0|alice',
      audit_context: 'nightly report',
    })
    await expect(
      client.getAccessTokenForConnection({ ...github, signedSubject: 'auth0|alice' }),
    ).rejects.toMatchObject({
      code: 'client_misconfigured',
      message: expect.stringContaining('auditContext'),
    })
  })
})

test('RV-25: an assertion names the vault as its one audience, lives five minutes at most and is used once, in both dialects', async () => {
  await using vault = await startModelVault()

  for (const dialect of ['rfc8693', 'auth0'] as const) {
    // Without its trailing slash, which the audience has all the same.
    const issuer = vault.issuer.slice(0, -1)
    const runtime = testRuntime()
    const client = aKeyClient(issuer, { dialect }, runtime)
    await client.getAccessTokenForConnection(github)
    runtime.seconds += 3_600
    await client.getAccessTokenForConnection(github)
  }

  const assertions = vault.requests.map(({ form }) => form['client_assertion'] ?? '')
  const claims = await Promise.all(
    assertions.map(async (assertion) => {
      const { payload } = await jwtVerify(assertion, agentPublicKey, { algorithms: ['ES256'] })
      return payload
    }),
  )
  expect(new Set(claims.map(({ jti }) => jti)).size).toBe(4)
  for (const { iss, sub, aud, exp = 0, iat = 0 } of claims) {
    expect({ iss, sub, aud }).toEqual({ iss: 'agent', sub: 'agent', aud: vault.issuer })
    expect(exp - iat).toBeLessThanOrEqual(300)
  }
  expect(vault.requests.every(({ form }) => form['client_secret'] === undefined)).toBe(true)
})
