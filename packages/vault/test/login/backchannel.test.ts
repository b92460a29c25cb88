import * as oauth from 'oauth4webapi'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'

import { approver, type Approver } from './decisions.ts'
import { EXCHANGE } from '../front-door/vault-world.ts'
import { CLIENTS, type LoginWorld, ORDERS, SECRET, startLoginWorld } from './login-world.ts'

let world: LoginWorld
let alice: Approver
let bob: Approver
beforeAll(async () => {
  world = await startLoginWorld()
  alice = await approver(world, 'alice')
  bob = await approver(world, 'bob')
})
afterAll(() => world.close())
// Only so many may wait.
afterEach(async () => {
  for (const person of [alice, bob]) {
    for (const id of await person.waiting()) await person.decide('deny', id)
  }
})

const CIBA = 'urn:openid:params:grant-type:ciba'

async function start(
  parameters: Readonly<Record<string, string>> = {},
  clientId: string = CLIENTS.web,
): ReturnType<LoginWorld['call']> {
  return await world.call('/bc-authorize', clientId, {
    scope: 'openid offline_access',
    login_hint: alice.userId,
    binding_message: 'Order 42',
    ...parameters,
  })
}

async function poll(
  authReqId: string,
  clientId: string = CLIENTS.web,
): ReturnType<LoginWorld['redeem']> {
  return await world.redeem(clientId, { grant_type: CIBA, auth_req_id: authReqId })
}

const error = (code: string) => ({ status: 400, body: { error: code } })

describe('CIBA', () => {
  test('an unmodified oauth4webapi asks, polls, and gets tokens once the user has decided', async () => {
    const issuer = new URL(world.vault.issuer)
    const insecure = { [oauth.allowInsecureRequests]: true }
    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, insecure),
    )
    const caller = { client_id: CLIENTS.web }
    const secret = oauth.ClientSecretPost(SECRET)
    // As @auth0/ai names a user.
    const hint = { format: 'iss_sub', iss: world.vault.issuer, sub: alice.userId }
    const request = await oauth.processBackchannelAuthenticationResponse(
      server,
      caller,
      await oauth.backchannelAuthenticationRequest(
        server,
        caller,
        secret,
        {
          scope: 'openid',
          login_hint: JSON.stringify(hint),
          binding_message: 'Order 42',
          audience: '',
          requested_expiry: '300',
        },
        insecure,
      ),
    )
    const ask = async (): Promise<Response> =>
      await oauth.backchannelAuthenticationGrantRequest(
        server,
        caller,
        secret,
        request.auth_req_id,
        insecure,
      )

    await expect(
      oauth.processBackchannelAuthenticationGrantResponse(server, caller, await ask()),
    ).rejects.toMatchObject({ error: 'authorization_pending' })
    await alice.me('POST', `/${(await alice.waiting()).at(-1)}`, { decision: 'approve' })
    world.passTime(5)
    const tokens = await oauth.processBackchannelAuthenticationGrantResponse(
      server,
      caller,
      await ask(),
    )

    expect(request).toMatchObject({ expires_in: 300, interval: 5 })
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ sub: alice.userId })
    expect(oauth.getValidatedIdTokenClaims(tokens)).not.toHaveProperty('nonce')
  })

  test('RV-80: an auth_req_id has 160 bits at least, and is good for one redemption', async () => {
    const authReqId = await alice.start(CLIENTS.web)
    await alice.decide('approve')

    expect(authReqId.length * 6).toBeGreaterThanOrEqual(160)
    expect((await poll(authReqId)).status).toBe(200)
    world.passTime(10)
    expect(await poll(authReqId)).toMatchObject(error('invalid_grant'))
  })

  test('RV-80: it is nobody’s but the client’s that asked', async () => {
    const authReqId = await alice.start(CLIENTS.web)
    await alice.decide('approve')

    expect(await poll(authReqId, CLIENTS.rotating)).toMatchObject(error('invalid_grant'))
    expect((await poll(authReqId)).status).toBe(200)
  })

  test('RV-85: whoever asks too fast is told to slow down, longer each time', async () => {
    const authReqId = await alice.start(CLIENTS.web)

    expect(await poll(authReqId)).toMatchObject(error('authorization_pending'))
    const early = await poll(authReqId)
    expect(early).toMatchObject({
      ...error('slow_down'),
      body: { error: 'slow_down', interval: 10 },
    })
    expect(early.headers.get('retry-after')).toBe('10')
    world.passTime(6)
    expect(await poll(authReqId)).toMatchObject({ body: { error: 'slow_down', interval: 15 } })
    world.passTime(15)
    expect(await poll(authReqId)).toMatchObject(error('authorization_pending'))
  })

  test('a stranger’s polls slow down nobody else', async () => {
    const authReqId = await alice.start(CLIENTS.web)
    for (let turn = 0; turn < 3; turn++) await poll(authReqId, CLIENTS.rotating)

    expect(await poll(authReqId)).toMatchObject(error('authorization_pending'))
  })

  test('a user who says no, and one who says nothing', async () => {
    const denied = await alice.start(CLIENTS.web)
    await alice.decide('deny')
    expect(await poll(denied)).toMatchObject(error('access_denied'))

    const ignored = await alice.start(CLIENTS.web, { requested_expiry: '60' })
    world.passTime(61)
    expect(await alice.decide('approve')).toBe(404)
    expect(await poll(ignored)).toMatchObject(error('expired_token'))
  })

  test('tokens for an API hold what was asked for, within the client’s policy', async () => {
    const authReqId = await alice.start(CLIENTS.web, {
      scope: 'openid orders:read orders:admin',
      audience: ORDERS,
    })
    await alice.decide('approve')

    const { status, body } = await poll(authReqId)

    expect(status).toBe(200)
    const [, payload = ''] = body.access_token?.split('.') ?? []
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      aud: ORDERS,
      sub: alice.userId,
      scope: 'orders:read',
    })
  })

  test.for([
    ['no hint', { login_hint: '' }, 'invalid_request'],
    ['two hints', { id_token_hint: 'x' }, 'invalid_request'],
    ['a user there is not', { login_hint: 'usr_nobody' }, 'unknown_user_id'],
    [
      'a user of another issuer',
      { login_hint: '{"format":"iss_sub","iss":"https://x.example.com/","sub":"usr_1"}' },
      'unknown_user_id',
    ],
    ['a hint that is no JSON', { login_hint: '{' }, 'unknown_user_id'],
    ['a message with controls', { binding_message: 'a\u0007b' }, 'invalid_binding_message'],
    ['a message with a link', { binding_message: 'https://x.example/' }, 'invalid_binding_message'],
    ['a message that turns around', { binding_message: 'a\u202eb' }, 'invalid_binding_message'],
    ['a long message', { binding_message: 'x'.repeat(65) }, 'invalid_binding_message'],
    ['no openid', { scope: 'profile' }, 'invalid_request'],
    ['another’s API', { audience: 'https://x.example.com' }, 'invalid_target'],
    ['an expiry that is no number', { requested_expiry: 'soon' }, 'invalid_request'],
    ['an expiry of nothing', { requested_expiry: '0' }, 'invalid_request'],
  ] as const)('RV-09, RV-82: refuses %s', async ([, wrong, code]) => {
    expect(await start(wrong)).toMatchObject(error(code))
  })

  test('an expiry is held to three days', async () => {
    expect(await start({ requested_expiry: '999999999' })).toMatchObject({
      status: 200,
      body: { expires_in: 259_200 },
    })
  })

  test('a client without the grant, and a public one, have nothing here', async () => {
    expect(await start({}, CLIENTS.spa)).toMatchObject(error('unauthorized_client'))
    const agent = await world.request('/bc-authorize', {
      method: 'POST',
      body: new URLSearchParams({
        client_id: 'my-agent',
        client_secret: 'vks_0123456789abcdef0123456789abcdef',
        scope: 'openid',
        login_hint: alice.userId,
      }),
    })
    expect(agent).toMatchObject(error('unauthorized_client'))
  })
})

describe('the approvals API', () => {
  test('shows what waits, in the vault’s words and without what redeems it', async () => {
    const authReqId = await alice.start(CLIENTS.web, {
      scope: 'openid orders:read',
      audience: ORDERS,
    })

    const { status, body } = await alice.me('GET')

    expect(status).toBe(200)
    const { approvals } = z
      .object({ approvals: z.array(z.record(z.string(), z.unknown())) })
      .parse(body)
    expect(approvals.at(-1)).toEqual({
      id: expect.any(String),
      client_id: CLIENTS.web,
      client_name: 'Web app',
      scope: 'openid orders:read',
      resources: [ORDERS],
      binding_message: 'Order 42',
      created_at: expect.stringMatching(/Z$/),
      expires_at: expect.stringMatching(/Z$/),
    })
    expect(JSON.stringify(body)).not.toContain(authReqId)
  })

  test('RV-80: another user sees and decides none of it', async () => {
    const authReqId = await alice.start(CLIENTS.web)
    const id = (await alice.waiting()).at(-1)

    expect(await bob.waiting()).not.toContain(id)
    expect(await bob.decide('approve', id)).toBe(404)
    expect(await poll(authReqId)).toMatchObject(error('authorization_pending'))
    expect(await alice.decide('approve', id)).toBe(204)
  })

  test('a client does not answer its own question, even where it may answer others’', async () => {
    const authReqId = await alice.start(CLIENTS.phone)

    expect(await alice.decide('approve')).toBe(404)
    expect(await poll(authReqId, CLIENTS.phone)).toMatchObject(error('authorization_pending'))
  })

  test('no client decides for users that was not named for it', async () => {
    const tokens = await world.logIn({ app: await world.app(CLIENTS.web), user: 'alice' })
    const exchange = {
      grant_type: EXCHANGE,
      subject_token: tokens.refresh_token ?? '',
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      audience: `${world.vault.issuer}me/`,
    }
    const granted = await world.redeem(CLIENTS.web, exchange)

    expect(granted.body.scope).toContain('read:me:connected_accounts')
    expect(granted.body.scope).not.toContain('approvals')
    expect(
      await world.redeem(CLIENTS.web, { ...exchange, scope: 'write:me:approvals' }),
    ).toMatchObject(error('invalid_scope'))
    for (const [method, path] of [
      ['GET', ''],
      ['POST', `/${(await alice.waiting()).at(-1) ?? 'x'}`],
    ] as const) {
      const answer = await world.request(`/me/v1/approvals${path}`, {
        method,
        headers: { authorization: `Bearer ${granted.body.access_token}` },
      })
      expect(answer.status).toBe(403)
    }
  })

  test('a decision counts once', async () => {
    const authReqId = await alice.start(CLIENTS.web)

    expect(await alice.decide('deny')).toBe(204)
    expect(await alice.decide('approve')).toBe(404)
    expect(await alice.waiting()).not.toContain(authReqId)
    expect(await poll(authReqId)).toMatchObject(error('access_denied'))
  })

  test.for([
    ['no such decision', { decision: 'maybe' }],
    ['a member that is not known', { decision: 'approve', scope: 'all' }],
    ['no decision', {}],
    ['no object', ['approve']],
  ] as const)('refuses %s, and changes nothing', async ([, body]) => {
    const authReqId = await alice.start(CLIENTS.web)
    const id = (await alice.waiting()).at(-1)

    expect((await alice.me('POST', `/${id}`, body)).status).toBe(400)
    expect(await poll(authReqId)).toMatchObject(error('authorization_pending'))
  })

  test('ids that are none are found nowhere', async () => {
    for (const id of [
      'x',
      '%00',
      '..%2F..',
      'a'.repeat(2_000),
      encodeURIComponent("' or 1=1 --"),
    ]) {
      expect(await alice.decide('approve', id)).toBe(404)
    }
  })

  test('takes nothing without a token, nor with one of another scope', async () => {
    const id = (await alice.waiting()).at(-1) ?? 'x'
    expect((await world.request('/me/v1/approvals')).status).toBe(401)
    expect((await world.request(`/me/v1/approvals/${id}`, { method: 'POST' })).status).toBe(401)
    expect((await world.request('/me/v1/approvals', { method: 'DELETE' })).status).toBe(405)
  })
})

test('RV-83: of one client at most five requests wait for a user; others may still ask', async () => {
  const carol = await approver(world, 'carol')
  const ask = async (clientId: string, userId = carol.userId) =>
    await start({ login_hint: userId }, clientId)
  for (let count = 0; count < 5; count++) expect((await ask(CLIENTS.web)).status).toBe(200)

  expect(await ask(CLIENTS.web)).toMatchObject({
    status: 503,
    body: { error: 'temporarily_unavailable' },
  })
  expect((await ask(CLIENTS.rotating)).status).toBe(200)
  const [id = 'none'] = await carol.waiting()
  expect(await carol.decide('deny', id)).toBe(204)
  expect((await ask(CLIENTS.web)).status).toBe(200)
})
