import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  createValetKeyClient,
  getAccessTokenForConnection,
  getCredentialsForConnection,
  isInterruptError,
  type ValetKeyEvent,
} from '../src/index.ts'
import { withFakeToken } from '../src/testing.ts'
import { aClient, testRuntime } from './builders.ts'
import { startModelVault, tokenAnswer } from './model-vault.ts'

const github = { connection: 'github', scopes: ['repo'] }

describe("Auth0's dialect", () => {
  test('is spoken to a domain, with its grant, its names and the secret in the body', async () => {
    await using vault = await startModelVault(() => ({
      json: {
        access_token: 'tok_12345678',
        token_type: 'Bearer',
        expires_in: 100,
        scope: 'repo user',
        issued_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      },
    }))
    const client = createValetKeyClient({
      domain: vault.issuer,
      clientId: 'agent',
      clientSecret: 'agent-secret',
      refreshToken: 'login-refresh-token',
    })

    const credentials = await client.getAccessTokenForConnection({ ...github, loginHint: 'work' })

    expect(vault.requests[0]?.form).toEqual({
      grant_type:
        'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
      subject_token: 'login-refresh-token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
      connection: 'github',
      login_hint: 'work',
      client_id: 'agent',
      client_secret: 'agent-secret',
    })
    expect(credentials.scopes).toEqual(['repo', 'user'])
  })

  test('has its scopes checked here, because the vault does not', async () => {
    await using vault = await startModelVault((request) => tokenAnswer(request, { scope: 'user' }))
    const call = aClient(vault.issuer, { dialect: 'auth0' }).getAccessTokenForConnection({
      connection: 'github',
      scopes: ['repo', 'user'],
    })

    await expect(call).rejects.toMatchObject({
      interrupt: {
        reason: 'scopes_missing',
        missingScopes: ['repo'],
        requiredScopes: ['repo', 'user'],
      },
    })
  })

  test('has no delegation for connections: an actor is an error, not silently left out', async () => {
    await using vault = await startModelVault()
    const call = aClient(vault.issuer, { dialect: 'auth0' }).getAccessTokenForConnection({
      ...github,
      actorToken: 'agent-token',
    })

    await expect(call).rejects.toMatchObject({ code: 'client_misconfigured' })
    expect(vault.requests).toHaveLength(0)
  })
})

describe('an actor', () => {
  test('RV-30: is sent with its type', async () => {
    await using vault = await startModelVault()
    const client = aClient(vault.issuer, { actorToken: 'from-the-client' })

    await client.getAccessTokenForConnection(github)
    await client.getAccessTokenForConnection({
      ...github,
      actorToken: () => ({ token: 'mine', type: 'urn:ietf:params:oauth:token-type:jwt' }),
    })

    expect(
      vault.requests.map(({ form }) => [form['actor_token'], form['actor_token_type']]),
    ).toEqual([
      ['from-the-client', 'urn:ietf:params:oauth:token-type:access_token'],
      ['mine', 'urn:ietf:params:oauth:token-type:jwt'],
    ])
  })

  test('that is not there is an error: the client itself is not the agent', async () => {
    await using vault = await startModelVault()
    const call = aClient(vault.issuer).getAccessTokenForConnection({
      ...github,
      actorToken: () => undefined,
    })

    await expect(call).rejects.toMatchObject({ code: 'client_misconfigured' })
    expect(vault.requests).toHaveLength(0)
  })
})

describe('a subject', () => {
  test.for([undefined, null, ''])('that is %j means that nobody is logged in', async (value) => {
    await using vault = await startModelVault()
    const client = aClient(vault.issuer)

    for (const options of [
      { accessToken: value },
      { accessToken: () => value },
      { refreshToken: () => Promise.resolve(value) },
      { subjectToken: () => ({ token: value ?? '', type: 'urn:x' }) },
    ]) {
      // Never the default of the client: that is somebody else.
      await expect(
        client.getAccessTokenForConnection({ ...github, ...options }),
      ).rejects.toMatchObject({ code: 'login_required' })
    }
    expect(vault.requests).toHaveLength(0)
  })

  test('that cannot be got fails with its own error', async () => {
    await using vault = await startModelVault()
    const client = aClient(vault.issuer, {
      accessToken: () => {
        throw new RangeError('session store is down')
      },
    })

    await expect(client.withTokenForConnection(github, () => 1)()).rejects.toThrow(RangeError)
  })

  test('may come by a promise of another realm', async () => {
    await using vault = await startModelVault()
    const foreign = (): Promise<string> => runInNewContext("Promise.resolve('foreign')")

    await aClient(vault.issuer).getAccessTokenForConnection({ ...github, accessToken: foreign })

    expect(foreign()).not.toBeInstanceOf(Promise)
    expect(vault.requests[0]?.form['subject_token']).toBe('foreign')
  })

  test('is asked for once a call', async () => {
    await using vault = await startModelVault()
    let asked = 0
    const client = aClient(vault.issuer, {
      accessToken: () => {
        asked += 1
        return 'alice'
      },
    })
    const tool = client.withTokenForConnection(github, () => 1)

    await tool()
    await tool()

    expect(asked).toBe(2)
  })
})

test('scopes are a set: order and repetition make no difference, and later changes none', async () => {
  await using vault = await startModelVault()
  const { withTokenForConnection } = aClient(vault.issuer)
  const scopes = ['b', 'a', 'b']
  const one = withTokenForConnection({ connection: 'github', scopes }, () => 1)
  const other = withTokenForConnection({ connection: 'github', scopes: ['a', 'b'] }, () => 1)
  scopes.push('admin')

  await one()
  await other()

  expect(vault.requests.map(({ form }) => form['scope'])).toEqual(['a b'])
})

test('private_key_jwt authenticates instead of a secret, with a fresh assertion for each try', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = privateKey.export({ format: 'jwk' })
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  let failures = 1
  await using vault = await startModelVault((request) =>
    failures-- > 0 ? { status: 503 } : tokenAnswer(request),
  )
  const assertions: { jti: unknown; kid: unknown }[] = []

  for (const key of [{ ...jwk, alg: 'ES256' }, pem]) {
    await createValetKeyClient(
      {
        issuer: vault.issuer,
        clientId: 'agent',
        privateKey: { key, algorithm: 'ES256', keyId: 'key-1' },
        accessToken: 'alice',
      },
      testRuntime(),
    ).getAccessTokenForConnection(github)
  }
  for (const { form } of vault.requests) {
    const { payload, protectedHeader } = await jwtVerify(
      form['client_assertion'] ?? '',
      createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })),
      { issuer: 'agent', subject: 'agent', audience: vault.issuer, algorithms: ['ES256'] },
    )
    assertions.push({ jti: payload.jti, kid: protectedHeader.kid })
  }

  expect(vault.requests).toHaveLength(3)
  expect(vault.requests.every(({ form }) => form['client_secret'] === undefined)).toBe(true)
  expect(new Set(assertions.map(({ jti }) => jti)).size).toBe(3)
  expect(assertions.every(({ kid }) => kid === 'key-1')).toBe(true)
})

test('a private key that cannot be read is client_misconfigured, and is not shown', async () => {
  await using vault = await startModelVault()
  const client = createValetKeyClient({
    issuer: vault.issuer,
    clientId: 'agent',
    privateKey: {
      key: '-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----',
      algorithm: 'ES256',
    },
    accessToken: 'alice',
  })

  const error = await client.getAccessTokenForConnection(github).catch((caught: unknown) => caught)

  expect(error).toMatchObject({ code: 'client_misconfigured' })
  const { inspect } = await import('node:util')
  expect(inspect(error, { depth: 9 })).not.toContain('canary')
})

test('clients that share one have one cache, and subjects of their own', async () => {
  await using vault = await startModelVault()
  const first = aClient(vault.issuer)
  const same = createValetKeyClient({ client: first, accessToken: 'alice-login-token' })
  const other = createValetKeyClient({ client: first, accessToken: 'bob' })

  await first.withTokenForConnection(github, () => 1)()
  await same.withTokenForConnection(github, () => 1)()
  await other.withTokenForConnection(github, () => 1)()

  expect(vault.requests.map(({ form }) => form['subject_token'])).toEqual([
    'alice-login-token',
    'bob',
  ])
})

test('clients that share one lead to its connect route, unless they have their own', async () => {
  await using vault = await startModelVault(() => ({
    status: 400,
    json: { error: 'interaction_required', vault_error: 'not_connected' },
  }))
  const first = aClient(vault.issuer, { connectUrl: '/connect' })
  const linkOf = async (connectUrl?: string): Promise<unknown> => {
    const client = createValetKeyClient({ client: first, accessToken: 'alice', connectUrl })
    const error: unknown = await client
      .getAccessTokenForConnection(github)
      .catch((caught: unknown) => caught)
    return isInterruptError(error) && error.interrupt.kind === 'connect'
      ? error.interrupt.connectUrl
      : error
  }

  expect(await linkOf()).toMatch(/^\/connect\?connection=github/)
  expect(await linkOf('/own')).toMatch(/^\/own\?connection=github/)
})

test('what the wrapper says to the provider counts more than the account of the answer', async () => {
  await using vault = await startModelVault(() => ({
    status: 400,
    json: {
      error: 'interaction_required',
      vault_error: 'reconnect_required',
      account: 'cac_1',
    },
  }))
  const paramsOf = async (authorizationParams?: Record<string, string>): Promise<unknown> => {
    const tool = aClient(vault.issuer).withTokenForConnection(
      { connection: 'github', authorizationParams },
      () => 1,
    )
    const error: unknown = await Promise.resolve(tool()).catch((caught: unknown) => caught)
    return isInterruptError(error) && error.interrupt.kind === 'connect'
      ? error.interrupt.authorizationParams
      : error
  }

  expect(await paramsOf()).toEqual({ login_hint: 'cac_1' })
  expect(await paramsOf({ prompt: 'consent' })).toEqual({ login_hint: 'cac_1', prompt: 'consent' })
  expect(await paramsOf({ login_hint: 'work@example.com' })).toEqual({
    login_hint: 'work@example.com',
  })
})

test('an answer about another account than the one asked for is refused', async () => {
  await using vault = await startModelVault((request) =>
    tokenAnswer(request, { account: 'cac_other', generation: 1 }),
  )
  const call = aClient(vault.issuer).getAccessTokenForConnection({
    ...github,
    loginHint: 'cac_mine',
  })

  await expect(call).rejects.toMatchObject({ code: 'protocol_error' })
})

test('events tell what happened without any secret, and a broken listener breaks nothing', async () => {
  const events: ValetKeyEvent[] = []
  let failures = 1
  await using vault = await startModelVault((request) =>
    failures-- > 0
      ? { status: 503 }
      : request.form['audience'] === 'github'
        ? tokenAnswer(request, { account: 'cac_a' })
        : { status: 400, json: { error: 'x', vault_error: 'not_connected' } },
  )
  const client = aClient(vault.issuer, {
    onEvent: (event) => {
      events.push(event)
      throw new Error('listener')
    },
  })

  await client.withTokenForConnection(github, () => 1)()
  await client
    .withTokenForConnection({ connection: 'slack' }, () => 1)(undefined, { toolName: 'send' })
    .catch(() => undefined)

  expect(events).toEqual([
    { name: 'request_retried', attempt: 1, delayMilliseconds: expect.any(Number) },
    {
      name: 'exchange_succeeded',
      target: 'github',
      account: 'cac_a',
      expiresAt: 1_800_003_600,
      durationMilliseconds: expect.any(Number),
    },
    {
      name: 'exchange_failed',
      target: 'slack',
      code: 'not_connected',
      status: undefined,
      durationMilliseconds: expect.any(Number),
    },
    { name: 'interrupt_raised', reason: 'not_connected', target: 'slack', toolName: 'send' },
  ])
  expect(JSON.stringify(events)).not.toContain('tok_')
})

describe('withFakeToken', () => {
  test('stands in for the vault, for wrapped tools and for plain code', async () => {
    await using vault = await startModelVault()
    const tool = aClient(vault.issuer).withTokenForConnection(github, () => {
      const { token, ...rest } = getCredentialsForConnection()
      return { isFake: token === 'fake-github-token', scopes: rest.scopes }
    })

    const fakes = {
      github: { token: 'fake-github-token', scopes: ['repo'] },
      slack: 'fake-slack-token',
    }
    const result = await withFakeToken(fakes, () => tool())
    const plain = withFakeToken(fakes, () => getAccessTokenForConnection('slack'))

    expect(result).toEqual({ isFake: true, scopes: ['repo'] })
    expect(plain).toBe('fake-slack-token')
    expect(vault.requests).toHaveLength(0)
  })

  test('names what it lacks', async () => {
    await using vault = await startModelVault()
    const tool = aClient(vault.issuer).withTokenForConnection(github, () => 1)

    await expect(withFakeToken({ slack: 'x' }, () => tool())).rejects.toThrow(/github/)
  })
})
