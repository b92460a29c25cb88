import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'

import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { ADMIN_OPERATIONS } from '../../src/domain/admin.ts'
import { CLIENT, startVaultWorld } from '../front-door/vault-world.ts'
import { ADMIN, type AdminWorld, basic, READER, startAdminWorld } from './admin-world.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'EdDSA' }

let world: AdminWorld
beforeAll(async () => {
  world = await startAdminWorld({
    admin: {
      clients: [
        { ...ADMIN, scopes: ['vault:read', 'vault:write'] },
        { ...READER, scopes: ['vault:read'] },
        { id: 'signer', jwks: { keys: [jwk] }, scopes: ['vault:read'] },
      ],
    },
    settings: { limits: { failedAuthenticationsPerMinute: 1_000 } },
  })
})
afterAll(async () => {
  await world.close()
})

async function assertion(
  claims: Readonly<Record<string, unknown>> = {},
  key: KeyObject = privateKey,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return await new SignJWT({
    iss: 'signer',
    sub: 'signer',
    aud: `${world.vault.issuer}api/v1/`,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'k1' })
    .sign(key)
}

function asked(authorization: string | undefined): ReturnType<AdminWorld['api']> {
  return world.api('GET', '/clients', undefined, {
    headers: { authorization: authorization ?? '' },
  })
}

describe('RV-112: an admin credential is one of its own', () => {
  test.each([
    ['none', () => ''],
    ["an app's", () => basic(CLIENT)],
    ['a wrong one', () => basic({ ...ADMIN, secret: `${ADMIN.secret}x` })],
    ["another admin client's", () => basic({ ...ADMIN, secret: READER.secret })],
    ['an unknown one', () => basic({ id: 'nobody', secret: ADMIN.secret })],
    ['a secret for who has keys', () => basic({ id: 'signer', secret: ADMIN.secret })],
    ['no base64', () => 'Basic %%%'],
    ['another scheme', () => `Digest ${ADMIN.secret}`],
    ['a bare secret', () => `Bearer ${ADMIN.secret}`],
  ])('refuses %s', async (_, authorization) => {
    const answer = await asked(authorization())

    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_client' } })
    expect(answer.headers.get('www-authenticate')).toContain('Basic')
    expect(answer.text).not.toContain('vks_')
  })

  test("refuses a user's access token, and a login token", async () => {
    const granted = await world.exchange('demo', { audience: `${world.vault.issuer}me/` })

    expect((await asked(`Bearer ${granted.body.access_token}`)).status).toBe(401)
    expect((await asked(`Bearer ${await world.login('demo')}`)).status).toBe(401)
  })

  test('an admin credential is of no use at the token endpoint', async () => {
    const answer = await world.exchange('demo', {
      client_id: ADMIN.id,
      client_secret: ADMIN.secret,
    })

    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  test('takes a signed JWT, once', async () => {
    const signed = await assertion()

    expect((await asked(`Bearer ${signed}`)).status).toBe(200)
    expect((await asked(`Bearer ${signed}`)).status).toBe(401)
  })

  test.each([
    ['the audience of apps', () => assertion({ aud: world.vault.issuer })],
    ['another issuer', () => assertion({ iss: ADMIN.id })],
    ['another subject', () => assertion({ sub: ADMIN.id })],
    ['a long life', () => assertion({ exp: Math.floor(Date.now() / 1000) + 3_600 })],
    ['no jti', () => assertion({ jti: undefined })],
    ['another key', () => assertion({}, generateKeyPairSync('ed25519').privateKey)],
  ])('refuses a JWT with %s', async (_, signed) => {
    expect((await asked(`Bearer ${await signed()}`)).status).toBe(401)
  })

  test('an app cannot use what an admin client signed', async () => {
    const answer = await world.request('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        client_assertion: await assertion({ aud: world.vault.issuer }),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      }),
    })

    expect(answer.status).toBe(401)
  })

  test('refuses a configuration in which an app has the secret of an admin client', async () => {
    const shared = { id: 'ops', secret: CLIENT.secret, scopes: ['vault:read'] as const }

    await expect(startAdminWorld({ admin: { clients: [shared] } })).rejects.toThrow(
      /admin\.clients\[0\]\.secret is the secret of an app, too/,
    )
  })
})

test('vault:read changes nothing: every operation that writes is refused', async () => {
  const { paths } = await world.document()
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

  for (const { path, method, operation } of operations) {
    const concrete = path.replaceAll(/\{\w+\}/g, 'x')
    const body = operation.requestBody === undefined ? undefined : {}
    const answer = await world.api(method.toUpperCase(), concrete, body, { as: READER })
    const isWrite = operation['x-scope'] === 'vault:write'
    expect(answer.status === 403).toBe(isWrite)
  }
  const writing = operations.filter(({ method }) => method === 'patch' || method === 'delete')
  expect(writing.every(({ operation }) => operation['x-scope'] === 'vault:write')).toBe(true)
})

test('T35: no operation gives out a token or a secret that was there, and the document has them all', async () => {
  const document = await world.document()
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  expect(ids.toSorted()).toEqual([...ADMIN_OPERATIONS].toSorted())

  const members = new Set<string>()
  const collect = (value: unknown, isAnswer: boolean): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'properties' && isAnswer)
        Object.keys(inner as object).forEach((m) => members.add(m))
      collect(inner, isAnswer || name === 'responses')
    }
  }
  collect(document.paths, false)
  const suspicious = [...members].filter((name) => /token|secret|password|key|hash/i.test(name))
  // Settings, ids of secrets, and the one secret that was just made: `secret: { id, value }` of NewClientAnswer.
  expect(suspicious.toSorted()).toEqual([
    'idTokenAlgorithm',
    'keys',
    'refreshTokens',
    'secret',
    'secrets',
  ])
  for (const methods of Object.values(document.paths)) {
    for (const operation of Object.values(methods)) {
      const makes = ['clients.register', 'clients.add_secret'].includes(operation.operationId)
      const text = JSON.stringify(operation.responses)
      expect(text.includes('"value":{"type":"string"}')).toBe(makes)
    }
  }
})

test('T35: nothing that is stored comes out: tokens of accounts, secrets of connections, hashes', async () => {
  await world.connect('demo')
  const granted = await world.exchange('demo')
  const users = await world.api('GET', '/users')
  const [user] = users.body['users'] as { id: string }[]
  const accounts = await world.api('GET', `/users/${user?.id}/accounts`)

  const everything = await Promise.all(
    ['/connections', '/clients', '/users', `/users/${user?.id}/accounts`, '/audit?limit=100'].map(
      (path) => world.api('GET', path),
    ),
  )
  const text = [accounts, ...everything].map((answer) => answer.text).join('\n')
  for (const provider of ['google', 'github', 'slack', 'notion']) {
    expect(text).not.toContain(world.emulator.client(provider).clientSecret)
  }
  expect(granted.body.access_token).toMatch(/./)
  for (const secret of [granted.body.access_token ?? '', CLIENT.secret, ADMIN.secret]) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain(Buffer.from(secret).toString('base64url'))
  }
})

test('RV-26: whoever guesses admin secrets has to wait, and the real one does not', async () => {
  const guarded = await startAdminWorld({
    settings: { limits: { failedAuthenticationsPerMinute: 5 } },
  })
  const guesses = await Promise.all(
    Array.from({ length: 20 }, () =>
      guarded.api('GET', '/clients', undefined, { as: { ...ADMIN, secret: 'guess' } }),
    ),
  )

  expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401, 429]))
  const waiting = guesses.find(({ status }) => status === 429)
  expect(Number(waiting?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await guarded.api('GET', '/clients')).status).toBe(200)
  await guarded.close()
})

describe('RV-112: where the admin API answers', () => {
  const PATHS = ['/api/v1/clients', '/api/v1/openapi.json', '/api/v1/audit', '/api/v1']

  test('nowhere, without a setting for it', async () => {
    const plain = await startVaultWorld()
    for (const path of PATHS) {
      const answer = await plain.request(path, { headers: { authorization: basic(ADMIN) } })
      expect(answer).toMatchObject({ status: 404, body: { error: 'not_found' } })
    }
    await plain.close()
  })

  test('with a port of its own only there, and there is nothing else', async () => {
    const apart = await startAdminWorld({ admin: { port: 0 } })
    const adminUrl = apart.vault.adminUrl ?? ''
    expect(new URL(adminUrl).port).not.toBe(new URL(apart.vault.url).port)

    expect((await apart.api('GET', '/clients')).status).toBe(200)
    for (const path of PATHS) {
      const answer = await apart.request(path, { headers: { authorization: basic(ADMIN) } })
      expect(answer.status).toBe(404)
    }
    for (const path of [
      '/oauth/token',
      '/healthz',
      '/me/v1/connected-accounts/accounts',
      '/connect',
    ]) {
      expect((await fetch(new URL(path, adminUrl), { method: 'POST' })).status).toBe(404)
    }
    expect((await apart.exchange('demo')).status).toBe(400)

    await apart.vault.close()
    await expect(fetch(`${adminUrl}/api/v1/openapi.json`)).rejects.toThrow('fetch failed')
    await apart.close()
  })

  test('not beyond this machine where the issuer is http', async () => {
    await expect(startAdminWorld({ admin: { port: 0, host: '0.0.0.0' } })).rejects.toThrow(
      /Only on loopback can it be left out/,
    )
    const settings = { issuer: 'http://127.0.0.1:8787/' }
    await expect(
      startAdminWorld({ admin: { port: 0, host: '0.0.0.0' }, settings }),
    ).rejects.toThrow(/would listen on "0\.0\.0\.0"/)
  })
})

test('RV-112: everything is in the audit log, with who asked; failed logins are in the log alone', async () => {
  await world.api('POST', '/clients', { id: 'audited' })
  await world.api('POST', '/clients', { id: 'audited' })
  await world.api('DELETE', '/clients/audited')
  await world.api('GET', '/users', undefined, { as: READER })
  await asked(basic({ id: 'intruder', secret: ADMIN.secret }))

  const events = await world.events()
  const about = events.filter(({ clientId }) => clientId === 'audited')
  expect(about).toEqual([
    expect.objectContaining({ type: 'admin.clients.remove', adminId: 'ops', outcome: 'success' }),
    expect.objectContaining({ type: 'admin.clients.register', adminId: 'ops', outcome: 'success' }),
  ])
  expect(events).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        type: 'admin.clients.register',
        outcome: 'refused',
        reason: 'name_taken',
      }),
      expect.objectContaining({ type: 'admin.users.list', adminId: 'monitor' }),
    ]),
  )
  expect(JSON.stringify(events)).not.toContain('intruder')
  expect(world.logged()).toContain('"claimedClientId":"intruder"')
})

test('a page of another site cannot make a browser change anything', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    const answer = await world.api('POST', '/clients', '{"id":"forged"}', {
      headers: { 'content-type': type, origin: 'https://evil.example' },
    })
    expect(answer.status).toBe(415)
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  }
  const preflight = await fetch(`${world.vault.url}/api/v1/clients`, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'DELETE' },
  })
  expect(preflight.status).toBe(405)
  expect(preflight.headers.has('access-control-allow-methods')).toBe(false)
  expect((await world.api('GET', '/clients/forged')).status).toBe(404)
})
