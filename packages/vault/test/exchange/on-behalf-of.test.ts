import fc from 'fast-check'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  ACCESS_TOKEN,
  type Answer,
  AUTH0_EXCHANGE,
  AUTH0_TOKEN_TYPE,
  CALENDAR,
  ISSUER,
  JWT,
} from './exchange-world.ts'
import { localLogin } from './local-login.ts'
import {
  anApi,
  BILLING,
  INVENTORY,
  type OnBehalfOfWorld,
  ORDERS,
  SCOPES,
  SIGNER_ISSUER,
  startOnBehalfOfWorld,
} from './on-behalf-of-world.ts'

const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
const LOGIN = localLogin.trusted.issuer
const NO_ECHO = 'echo-canary-51c2'

let world: OnBehalfOfWorld

beforeAll(async () => {
  world = await startOnBehalfOfWorld()
  await world.connect({ user: 'alice' })
})
afterAll(async () => {
  await world.close()
})

/** The user's login token, as the agent has it. */
const login = async (): Promise<{ subject_token: string; subject_token_type: string }> => ({
  subject_token: await world.subjectOf('alice'),
  subject_token_type: JWT,
})

/** A token for Orders, as the agent gets it and Orders receives it. */
const forOrders = async (scope?: string): Promise<string> =>
  await world.obtain('my-agent', { ...(await login()), audience: ORDERS, scope })

/** What a refusal says to the caller, and what the audit log says of it. */
function refusalOf(answer: Answer): Readonly<Record<string, unknown>> {
  const { error, vault_error: vaultError } = answer.body
  return {
    status: answer.status,
    error,
    vaultError,
    why: world.events.at(-1)?.details?.['why'],
    outcome: world.events.at(-1)?.outcome,
    isEchoing: answer.text.includes(NO_ECHO),
  }
}

function refused(error: string, vaultError?: string, why?: string): Record<string, unknown> {
  const said = { status: 400, error, vaultError, outcome: 'refused', isEchoing: false }
  return why === undefined ? said : { ...said, why }
}

describe('a token for an API of one`s own', () => {
  test('RV-31, RV-39, R5: shows the user and who acts, and is in the audit log', async () => {
    const answer = await world.ask('my-agent', { ...(await login()), audience: ORDERS })

    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: 600,
      scope: SCOPES.join(' '),
    })
    const token = String(answer.body['access_token'])
    const claims = await world.readAs(ORDERS, token)
    const issuedAt = Number(claims['iat'])
    expect(Math.abs(world.runtime.now() - issuedAt)).toBeLessThan(10)
    expect(claims).toEqual({
      iss: ISSUER,
      aud: ORDERS,
      sub: 'usr_alice',
      client_id: 'my-agent',
      scope: SCOPES.join(' '),
      act: { sub: 'my-agent' },
      iat: issuedAt,
      exp: issuedAt + 600,
      jti: expect.stringMatching(/^[A-Za-z0-9]{22}$/),
    })
    expect(world.events.at(-1)).toEqual({
      tenant: 'default',
      at: expect.any(Number),
      type: 'api_token.issued',
      outcome: 'success',
      clientId: 'my-agent',
      userId: 'usr_alice',
      actor: { subject: 'my-agent' },
      scopes: SCOPES,
      requestId: expect.any(String),
      details: {
        audience: ORDERS,
        semantics: 'delegation',
        subject_kind: 'trusted_issuer',
        token_id: claims['jti'],
      },
    })
  })

  test('R27: is signed as the API wants it', async () => {
    world.apis.set(ORDERS, anApi(ORDERS, { algorithm: 'RS256' }))
    const rsa = await forOrders()
    world.apis.set(ORDERS, anApi(ORDERS))

    expect(decodeProtectedHeader(rsa)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' })
    expect(decodeProtectedHeader(await forOrders())).toMatchObject({ alg: 'ES256' })
    expect(await world.readAs(ORDERS, rsa)).toMatchObject({ sub: 'usr_alice' })
  })

  test('RV-43: is named by audience or resource, once or alike', async () => {
    const subject = await login()

    for (const target of [{ resource: ORDERS }, { audience: ORDERS, resource: ORDERS }]) {
      expect((await world.ask('my-agent', { ...subject, ...target })).status).toBe(200)
    }
    expect(
      refusalOf(await world.ask('my-agent', { ...subject, audience: ORDERS, resource: INVENTORY })),
    ).toMatchObject(refused('invalid_target'))
    expect(
      refusalOf(
        await world.ask('my-agent', { ...subject, audience: ORDERS, resource: `${ORDERS}#x` }),
      ),
    ).toMatchObject(refused('invalid_target'))
  })

  test.each([
    'https://nobody.example.com',
    `${ORDERS}/`,
    `${ORDERS}?x=1`,
    'HTTPS://orders.example.com',
    `${ISSUER}me`,
    ISSUER,
    `https://${NO_ECHO}.example.com`,
    'urn:example:__proto__',
  ])('RV-09: an API that does not exist: %s', async (audience) => {
    const answer = await world.ask('my-agent', { ...(await login()), audience })

    expect(refusalOf(answer)).toMatchObject(refused('invalid_target', 'unknown_connection'))
    expect(world.events.at(-1)).toMatchObject({ type: 'token.exchange_refused' })
    expect(JSON.stringify(world.events.at(-1))).not.toContain(NO_ECHO)
  })

  test('RV-09: an API that the client does not list', async () => {
    const answer = await world.ask('my-agent', { ...(await login()), audience: INVENTORY })

    expect(refusalOf(answer)).toMatchObject(refused('invalid_target', 'policy_denied'))
    expect(world.events.at(-1)).toMatchObject({
      reason: 'api_not_allowed',
      actor: { subject: 'my-agent' },
      details: { audience: INVENTORY, subject_issuer: LOGIN, subject: 'alice' },
    })
  })

  test('RV-42: scopes that client, API or subject do not have', async () => {
    const subject = await login()
    const unknown = await world.ask('my-agent', {
      ...subject,
      audience: ORDERS,
      scope: `stock:read ${NO_ECHO}`,
    })
    expect(refusalOf(unknown)).toMatchObject(refused('invalid_scope', 'policy_denied'))
    expect(world.events.at(-1)).toMatchObject({ scopes: ['stock:read'] })

    const narrow = await forOrders('stock:read')
    const widened = await world.ask('orders-service', {
      subject_token: narrow,
      audience: INVENTORY,
      scope: 'stock:read stock:write',
    })
    expect(refusalOf(widened)).toMatchObject(refused('invalid_scope', 'policy_denied'))
  })

  test('R1: is made for known users alone', async () => {
    const answer = await world.ask('my-agent', {
      subject_token: await world.subjectOf('stranger'),
      subject_token_type: JWT,
      audience: ORDERS,
    })

    expect(refusalOf(answer)).toMatchObject(
      refused('invalid_request', 'subject_token_invalid', 'unknown_user'),
    )
  })

  test('is not handed out when the audit log is down', async () => {
    const subject = await login()
    world.setAudit('down')
    const answer = await world.ask('my-agent', { ...subject, audience: ORDERS })
    world.setAudit('up')

    expect(answer.status).toBe(503)
    expect(answer.body).not.toHaveProperty('access_token')
  })

  test('RV-45: lives no longer than the token that it is made from', async () => {
    const exp = world.runtime.now() + 100
    const answer = await world.ask('my-agent', {
      subject_token: await world.loginToken({ exp }),
      subject_token_type: JWT,
      audience: ORDERS,
    })
    const token = String(answer.body['access_token'])
    expect((await world.readAs(ORDERS, token)).exp).toBe(exp)
    expect(answer.body['expires_in']).toBeLessThanOrEqual(100)

    world.advance(40)
    const next = await world.ask('orders-service', { subject_token: token, audience: INVENTORY })

    const child = await world.readAs(INVENTORY, String(next.body['access_token']))
    expect(child.exp).toBe(exp)
    expect(next.body['expires_in']).toBeLessThanOrEqual(60)
  })
})

describe('on behalf of, from service to service', () => {
  test.each([{ json: false }, { json: true }])(
    'as Auth0`s clients ask for it: same user, new audience, a longer chain: %o',
    async ({ json }) => {
      const answer = await world.ask(
        'orders-service',
        {
          subject_token: await forOrders('stock:read stock:write'),
          subject_token_type: ACCESS_TOKEN,
          requested_token_type: ACCESS_TOKEN,
          audience: INVENTORY,
          scope: 'stock:read',
        },
        { json },
      )

      expect(answer.body).toMatchObject({ scope: 'stock:read', issued_token_type: ACCESS_TOKEN })
      expect(await world.readAs(INVENTORY, String(answer.body['access_token']))).toMatchObject({
        sub: 'usr_alice',
        aud: INVENTORY,
        client_id: 'orders-service',
        act: { sub: 'orders-service', act: { sub: 'my-agent' } },
      })
      expect(world.events.at(-1)).toMatchObject({
        type: 'api_token.issued',
        actor: { subject: 'orders-service', actor: { subject: 'my-agent' } },
        details: { subject_kind: 'vault_access_token' },
      })
    },
  )

  test('R3: gets provider tokens of the user, in both dialects, with the chain in the audit log', async () => {
    const subject_token = await forOrders()
    const standard = await world.ask('orders-service', { subject_token, audience: 'google' })
    const auth0 = await world.ask('orders-service', {
      grant_type: AUTH0_EXCHANGE,
      subject_token,
      requested_token_type: AUTH0_TOKEN_TYPE,
      connection: 'google',
    })

    for (const answer of [standard, auth0]) {
      expect(answer.body).toMatchObject({ account: 'cac_1', scope: CALENDAR })
    }
    for (const event of world.events.slice(-2)) {
      expect(event).toMatchObject({
        type: 'token.exchanged',
        userId: 'usr_alice',
        actor: { subject: 'orders-service', actor: { subject: 'my-agent' } },
        details: { subject_kind: 'vault_access_token' },
      })
    }
  })

  test('RV-34: another client`s token is nobody else`s subject', async () => {
    const subject_token = await forOrders()

    for (const client of ['my-agent', 'inventory-service', 'signer']) {
      for (const audience of [ORDERS, 'google', `${ISSUER}me/`]) {
        expect(refusalOf(await world.ask(client, { subject_token, audience }))).toMatchObject(
          refused('invalid_request', 'subject_token_invalid', 'wrong_audience'),
        )
      }
    }
  })

  test('R3: a token for the connected-accounts API is nobody`s subject', async () => {
    const subject_token = await world.obtain('my-agent', {
      ...(await login()),
      audience: `${ISSUER}me/`,
    })
    world.changeClient('my-agent', { api: `${ISSUER}me/` })

    for (const audience of [ORDERS, 'google', `${ISSUER}me/`]) {
      expect(refusalOf(await world.ask('my-agent', { subject_token, audience }))).toMatchObject(
        refused('invalid_request', 'subject_token_invalid', 'wrong_audience'),
      )
    }
    world.changeClient('my-agent', { api: undefined })
  })

  test('RV-41: a chain is five long, and nobody is in it twice', async () => {
    const ring = Array.from({ length: 7 }, (_, index) => `https://s${index}.example.com`)
    for (const [index, api] of ring.entries()) {
      world.apis.set(api, anApi(api))
      world.clients.set(`s${index}`, {
        ...world.agent,
        id: `s${index}`,
        api,
        apis: Object.fromEntries(ring.map((identifier) => [identifier, { scopes: SCOPES }])),
      })
    }
    const to = (index: number): string => ring[index] ?? ''
    let token = await world.obtain('s0', { ...(await login()), audience: to(1) })
    token = await world.obtain('s1', { subject_token: token, audience: to(2) })
    for (const index of [2, 3, 4]) {
      // Back to where it has been.
      const back = await world.obtain(`s${index}`, { subject_token: token, audience: to(1) })
      expect(
        refusalOf(await world.ask('s1', { subject_token: back, audience: to(6) })),
      ).toMatchObject(refused('invalid_request', 'actor_token_invalid', 'actor_repeated'))
      token = await world.obtain(`s${index}`, { subject_token: token, audience: to(index + 1) })
    }

    const claims = await world.readAs(to(5), token)
    const act = (...names: readonly string[]): object =>
      names.slice(1).reduce((inner, sub) => ({ sub, act: inner }), { sub: names[0] })
    expect(claims.act).toEqual(act('s0', 's1', 's2', 's3', 's4'))
    for (const audience of [to(6), 'google', `${ISSUER}me/`]) {
      expect(refusalOf(await world.ask('s5', { subject_token: token, audience }))).toMatchObject(
        refused('invalid_request', 'actor_token_invalid', 'actor_chain_too_long'),
      )
    }
  })

  test('T23: however a chain goes, no scope is ever won', { timeout: 120_000 }, async () => {
    const hops = [
      { client: 'orders-service', audience: INVENTORY },
      { client: 'inventory-service', audience: BILLING },
    ]
    const scopes = fc.subarray([...SCOPES], { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(
        scopes,
        fc.array(fc.option(scopes, { nil: undefined }), { minLength: 2, maxLength: 2 }),
        async (first, asked) => {
          let parent = first
          let token = await forOrders(first.join(' '))
          for (const [index, hop] of hops.entries()) {
            const wanted = asked[index]
            const answer = await world.ask(hop.client, {
              subject_token: token,
              audience: hop.audience,
              scope: wanted?.join(' '),
            })
            const isWithin = (wanted ?? []).every((scope) => parent.includes(scope))
            expect(answer.status).toBe(isWithin ? 200 : 400)
            if (!isWithin) return
            token = String(answer.body['access_token'])
            const child = String((await world.readAs(hop.audience, token)).scope).split(' ')
            expect(child.filter((scope) => !parent.includes(scope))).toEqual([])
            expect(answer.body['scope']).toBe(child.join(' '))
            parent = child
          }
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 30) },
    )
  })
})

describe('who acts', () => {
  test('RV-41: a login system`s names do not become clients of the vault', async () => {
    const subject_token = await world.loginToken({
      act: { sub: 'orders-service', exp: 1, aud: 'x' },
    })
    const token = await world.obtain('my-agent', {
      subject_token,
      subject_token_type: JWT,
      audience: ORDERS,
    })

    expect((await world.readAs(ORDERS, token)).act).toEqual({
      sub: 'my-agent',
      act: { sub: 'orders-service', iss: LOGIN },
    })
  })

  test('RV-41: a forged act is a token that nobody signed', async () => {
    const [header = '', payload = '', signature = ''] = (await forOrders()).split('.')
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const forged = Buffer.from(JSON.stringify({ ...Object(claims), act: { sub: 'admin' } }))

    expect(
      refusalOf(
        await world.ask('orders-service', {
          subject_token: `${header}.${forged.toString('base64url')}.${signature}`,
          audience: INVENTORY,
        }),
      ),
    ).toMatchObject(refused('invalid_request', 'subject_token_invalid', 'bad_signature'))
  })

  test('RV-41: nor can a client write the history of a user that it signs for', async () => {
    expect(
      refusalOf(
        await world.ask('signer', {
          subject_token: world.signAsClient({ sub: 'alice', act: { sub: 'admin' } }),
          subject_token_type: JWT,
          audience: 'google',
        }),
      ),
    ).toMatchObject(refused('invalid_request', 'subject_token_invalid', 'malformed'))
  })

  test('RV-40: may_act is obeyed, with an actor token and without', async () => {
    const asking = async (mayAct: object, more: Record<string, string> = {}): Promise<Answer> =>
      await world.ask('my-agent', {
        subject_token: await world.loginToken({ may_act: mayAct }),
        subject_token_type: JWT,
        audience: ORDERS,
        ...more,
      })
    const robot = { actor_token: await world.subjectOf('robot'), actor_token_type: JWT }

    expect((await asking({ sub: 'my-agent', iss: ISSUER })).status).toBe(200)
    expect((await asking({ sub: 'robot', iss: LOGIN }, robot)).status).toBe(200)
    for (const answer of [
      await asking({ sub: 'somebody', iss: ISSUER }),
      await asking({ sub: 'my-agent', iss: ISSUER }, robot),
      await asking({ sub: 'my-agent' }),
      await asking({ sub: 'robot', iss: ISSUER }, robot),
    ]) {
      expect(refusalOf(answer)).toMatchObject(refused('invalid_request', 'actor_token_invalid'))
    }
  })

  test('RV-40: may_act in a token of the vault is obeyed as well', async () => {
    const asking = async (sub: string): Promise<Answer> =>
      await world.ask('orders-service', {
        subject_token: await world.signAsVault({
          aud: ORDERS,
          client_id: 'my-agent',
          scope: 'stock:read',
          may_act: { sub },
        }),
        audience: INVENTORY,
      })

    expect((await asking('orders-service')).status).toBe(200)
    expect(refusalOf(await asking('inventory-service'))).toMatchObject(
      refused('invalid_request', 'actor_token_invalid', 'actor_not_permitted'),
    )
  })

  test('RV-40: is a login system`s workload, by its token', async () => {
    const token = await world.obtain('my-agent', {
      ...(await login()),
      audience: ORDERS,
      actor_token: await localLogin.issue('robot', world.runtime.now(), { client_id: 'robot' }),
      actor_token_type: JWT,
    })

    expect((await world.readAs(ORDERS, token)).act).toEqual({ sub: 'robot', iss: LOGIN })
  })

  test('RV-40: is the client, by a token that was issued to it', async () => {
    const actor_token = await forOrders()
    const token = await world.obtain('my-agent', {
      ...(await login()),
      audience: ORDERS,
      actor_token,
      actor_token_type: ACCESS_TOKEN,
    })

    expect((await world.readAs(ORDERS, token)).act).toEqual({ sub: 'my-agent' })
  })

  test('RV-40: is the client, by a JWT that it signs, once', async () => {
    world.changeClient('signer', { apis: { [ORDERS]: { scopes: SCOPES } } })
    const request = {
      ...(await login()),
      audience: ORDERS,
      actor_token: world.signAsClient({ sub: 'signer' }),
      actor_token_type: JWT,
    }

    const token = await world.obtain('signer', request)
    expect((await world.readAs(ORDERS, token)).act).toEqual({ sub: 'signer' })
    expect(refusalOf(await world.ask('signer', request))).toMatchObject(
      refused('invalid_request', 'actor_token_invalid', 'replayed'),
    )
  })

  test('RV-40: is another client only where policy lets it be shown', async () => {
    const token = await forOrders('stock:read')
    const request = {
      subject_token: token,
      audience: INVENTORY,
      actor_token: await world.signAsVault({ aud: ORDERS, client_id: 'helper', scope: '' }),
      actor_token_type: ACCESS_TOKEN,
    }

    expect(refusalOf(await world.ask('orders-service', request))).toMatchObject(
      refused('invalid_request', 'actor_token_invalid', 'actor_not_permitted'),
    )
    world.changeClient('orders-service', { actors: ['helper'] })
    const issued = await world.obtain('orders-service', request)
    world.changeClient('orders-service', { actors: [] })
    expect((await world.readAs(INVENTORY, issued)).act).toEqual({
      sub: 'helper',
      act: { sub: 'my-agent' },
    })
  })

  test('RV-30: an actor token and its type go together, and the type is one that is known', async () => {
    const subject = await login()
    const audience = ORDERS

    expect(
      refusalOf(await world.ask('my-agent', { ...subject, audience, actor_token: NO_ECHO })),
    ).toMatchObject(refused('invalid_request'))
    expect(
      refusalOf(await world.ask('my-agent', { ...subject, audience, actor_token_type: JWT })),
    ).toMatchObject(refused('invalid_request'))
    expect(
      refusalOf(
        await world.ask('my-agent', {
          ...subject,
          audience,
          actor_token: NO_ECHO,
          actor_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
        }),
      ),
    ).toMatchObject(refused('invalid_request', 'actor_token_invalid', 'unsupported_token_type'))
  })
})

describe('impersonation', () => {
  const impersonation = { semantics: 'impersonation', audience: ORDERS }

  test('R5: needs the client`s policy', async () => {
    expect(
      refusalOf(await world.ask('my-agent', { ...(await login()), ...impersonation })),
    ).toMatchObject(refused('invalid_request', 'policy_denied'))
    expect(world.events.at(-1)).toMatchObject({
      reason: 'impersonation_not_allowed',
      details: { semantics: 'impersonation' },
    })
  })

  test('R5: shows the user alone, while the audit log shows the whole chain', async () => {
    world.changeClient('my-agent', { impersonation: 'allow' })
    const subject_token = await world.loginToken({ act: { sub: 'earlier' } })
    const token = await world.obtain('my-agent', {
      subject_token,
      subject_token_type: JWT,
      ...impersonation,
    })

    expect(await world.readAs(ORDERS, token)).not.toHaveProperty('act')
    expect(world.events.at(-1)).toMatchObject({
      type: 'api_token.issued',
      actor: { subject: 'my-agent', actor: { subject: 'earlier', issuer: LOGIN } },
      details: { semantics: 'impersonation' },
    })
    world.changeClient('my-agent', { impersonation: 'refuse' })
  })

  test('RV-39: is never what is had without asking', async () => {
    world.changeClient('my-agent', { impersonation: 'allow' })
    const token = await forOrders()
    world.changeClient('my-agent', { impersonation: 'refuse' })

    expect((await world.readAs(ORDERS, token)).act).toEqual({ sub: 'my-agent' })
  })

  test('is nothing that goes with an actor token, another target or another word', async () => {
    world.changeClient('my-agent', { impersonation: 'allow' })
    const subject = await login()
    for (const request of [
      { ...impersonation, actor_token: await world.subjectOf('robot'), actor_token_type: JWT },
      { ...impersonation, audience: 'google' },
      { ...impersonation, audience: `${ISSUER}me/` },
      { ...impersonation, semantics: NO_ECHO },
      { ...impersonation, semantics: 'Impersonation' },
    ]) {
      expect(refusalOf(await world.ask('my-agent', { ...subject, ...request }))).toMatchObject(
        refused('invalid_request'),
      )
    }
    world.changeClient('my-agent', { impersonation: 'refuse' })
    const answer = await world.ask('my-agent', {
      ...subject,
      ...impersonation,
      semantics: 'delegation',
    })
    expect(answer.status).toBe(200)
  })
})

describe('a login at the vault that ends', () => {
  test('RV-34, RV-42: ends what was derived from it, wherever the vault sees it', async () => {
    const first = await world.signAsVault({
      aud: ORDERS,
      client_id: 'my-agent',
      scope: SCOPES.join(' '),
      valetkey_grant: 'grant-1',
    })
    const ask = async (client: string, subject_token: string, audience: string): Promise<Answer> =>
      await world.ask(client, { subject_token, audience })
    const second = await world.obtain('orders-service', {
      subject_token: first,
      audience: INVENTORY,
    })
    expect(await world.readAs(INVENTORY, second)).toMatchObject({ valetkey_grant: 'grant-1' })
    expect((await ask('inventory-service', second, BILLING)).status).toBe(200)
    const me = await world.obtain('orders-service', {
      subject_token: first,
      audience: `${ISSUER}me/`,
    })
    expect(await world.readAs(`${ISSUER}me/`, me)).toMatchObject({ valetkey_grant: 'grant-1' })

    world.endedGrants.add('grant-1')

    for (const answer of [
      await ask('orders-service', first, INVENTORY),
      await ask('orders-service', first, 'google'),
      await ask('orders-service', first, `${ISSUER}me/`),
      await ask('inventory-service', second, BILLING),
      await ask('inventory-service', second, 'google'),
    ]) {
      expect(refusalOf(answer)).toMatchObject(refused('invalid_request', 'subject_token_invalid'))
      expect(world.events.at(-1)).toMatchObject({ details: { why: 'revoked' } })
    }
  })
})

describe('the vault`s own users', () => {
  test('RV-36: are named by the ID token of the client that presents it', async () => {
    const subject_token = await world.signAsVault({ aud: 'my-agent', nonce: 'n' }, 'JWT')
    const request = { subject_token, subject_token_type: ID_TOKEN }

    expect((await world.ask('my-agent', { ...request, audience: ORDERS })).status).toBe(200)
    expect((await world.ask('my-agent', { ...request, audience: 'google' })).body).toMatchObject({
      account: 'cac_1',
    })
    expect(
      refusalOf(await world.ask('orders-service', { ...request, audience: INVENTORY })),
    ).toMatchObject(refused('invalid_request', 'subject_token_invalid', 'wrong_audience'))
    expect(
      refusalOf(
        await world.ask('my-agent', {
          ...request,
          subject_token_type: ACCESS_TOKEN,
          audience: ORDERS,
        }),
      ),
    ).toMatchObject(refused('invalid_request', 'subject_token_invalid', 'wrong_type'))
  })

  test('have tokens for the connected-accounts API without another identity', async () => {
    const token = await world.obtain('orders-service', {
      subject_token: await forOrders(),
      audience: `${ISSUER}me/`,
    })

    const claims = await world.readAs(`${ISSUER}me/`, token)
    expect(claims).toMatchObject({ sub: 'usr_alice' })
    expect(claims).not.toHaveProperty('valetkey_identity')
  })

  test('R1: who have ended get nothing, and are not made anew', async () => {
    const subject_token = await world.signAsVault({
      sub: 'usr_gone',
      aud: ORDERS,
      client_id: 'my-agent',
      scope: SCOPES.join(' '),
    })
    for (const audience of [INVENTORY, `${ISSUER}me/`]) {
      expect(
        refusalOf(await world.ask('orders-service', { subject_token, audience })),
      ).toMatchObject(refused('invalid_request', 'subject_token_invalid', 'unknown_user'))
    }
    const provider = await world.ask('orders-service', { subject_token, audience: 'google' })
    expect(provider.body).toMatchObject({ vault_error: 'not_connected' })
  })
})

describe('a user that a client signs for', () => {
  const of = (claims: object = {}): { subject_token: string; subject_token_type: string } => ({
    subject_token: world.signAsClient({ sub: 'bob', ...claims }),
    subject_token_type: JWT,
  })

  beforeAll(async () => {
    await world.connect({ user: 'bob', issuer: SIGNER_ISSUER })
  })

  test('R2: gets provider tokens, and is audited as such, with the reason that was given', async () => {
    const answer = await world.ask('signer', {
      ...of({ audit_context: 'ticket 42' }),
      audience: 'google',
    })

    expect(answer.body).toMatchObject({ scope: CALENDAR })
    expect(world.events.at(-1)).toMatchObject({
      type: 'token.exchanged',
      userId: 'usr_bob',
      clientId: 'signer',
      details: { subject_kind: 'client_signed', audit_context: 'ticket 42' },
    })
  })

  test.each([
    AUTH0_TOKEN_TYPE,
    'http://auth0.com/oauth/token-type/token-vault-access-token',
    undefined,
  ])('R2: as Auth0`s privileged workers ask for it: %s', async (requested_token_type) => {
    const answer = await world.ask(
      'signer',
      { grant_type: AUTH0_EXCHANGE, ...of(), connection: 'google', requested_token_type },
      { json: true },
    )

    expect(answer.body).toMatchObject({
      issued_token_type: requested_token_type ?? AUTH0_TOKEN_TYPE,
      scope: CALENDAR,
    })
  })

  test('R2: gets nothing of a connection that the policy does not name, and nothing of APIs', async () => {
    for (const audience of ['github', ORDERS]) {
      expect(refusalOf(await world.ask('signer', { ...of(), audience }))).toMatchObject(
        refused('invalid_target', 'policy_denied'),
      )
    }
  })

  test('R2: can connect: gets a token for the connected-accounts API, under the app`s issuer', async () => {
    const token = await world.obtain('signer', { ...of({ sub: 'new' }), audience: `${ISSUER}me/` })

    expect(await world.readAs(`${ISSUER}me/`, token)).toMatchObject({
      valetkey_identity: { iss: SIGNER_ISSUER, sub: 'new' },
      client_id: 'signer',
    })
    expect(world.events.at(-1)).toMatchObject({
      type: 'my_account_token.issued',
      details: { subject_kind: 'client_signed', subject_issuer: SIGNER_ISSUER, subject: 'new' },
    })
  })

  test('R2: is nobody of the vault, nor of a login system', async () => {
    for (const sub of ['usr_alice', 'alice']) {
      const answer = await world.ask('signer', { ...of({ sub }), audience: 'google' })
      expect(answer.body).toMatchObject({ vault_error: 'not_connected' })
    }
  })

  test('R2, RV-96: each is good once, whatever it was good for', async () => {
    const subject = of()

    expect((await world.ask('signer', { ...subject, audience: 'google' })).status).toBe(200)
    for (const audience of ['google', `${ISSUER}me/`]) {
      expect(refusalOf(await world.ask('signer', { ...subject, audience }))).toMatchObject(
        refused('invalid_request', 'subject_token_invalid', 'replayed'),
      )
    }
  })

  test('R2: of 20 at once with one token, one gets through', async () => {
    const subject = of()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.ask('signer', { ...subject, audience: 'google' })),
    )

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })
})
