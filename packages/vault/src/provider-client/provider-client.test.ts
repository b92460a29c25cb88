import type { Fault } from '@valetkey/emulator'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import type { ProviderFailure, ProviderTokens } from '../domain/provider-tokens.ts'
import { createOutboundFetch } from './outbound-fetch.ts'
import {
  accepted,
  anAttempt,
  authorize,
  connect,
  redeem,
  refresh,
  REDIRECT_URI,
  startWorld,
  type World,
} from './test/emulated-world.ts'

const worlds: World[] = []

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.emulator.close()))
})

async function aWorld(options?: Parameters<typeof startWorld>[0]): Promise<World> {
  const world = await startWorld(options)
  worlds.push(world)
  return world
}

interface Flow {
  readonly id: string
  readonly scopes: readonly string[]
  readonly granted: readonly string[] | undefined
  readonly lifetimeSeconds: number | undefined
  readonly label: string
  readonly clientSetting?: 'on'
}

const refreshable: readonly (Flow & { readonly rotation: 'keeps' | 'replaces' })[] = [
  {
    id: 'google',
    scopes: ['email', 'https://www.googleapis.com/auth/calendar.events'],
    granted: [
      'https://www.googleapis.com/auth/calendar.events',
      'https://www.googleapis.com/auth/userinfo.email',
      'openid',
    ],
    lifetimeSeconds: 3599,
    rotation: 'keeps',
    label: 'demo@example.com',
  },
  {
    id: 'github-app',
    scopes: [],
    granted: undefined,
    lifetimeSeconds: 28_800,
    rotation: 'replaces',
    label: 'demo',
  },
  {
    id: 'slack',
    clientSetting: 'on',
    scopes: ['channels:history'],
    granted: ['channels:history'],
    lifetimeSeconds: 43_200,
    rotation: 'replaces',
    label: 'Emulator Workspace',
  },
  {
    id: 'notion',
    scopes: [],
    granted: undefined,
    lifetimeSeconds: undefined,
    rotation: 'replaces',
    label: 'Emulator Workspace',
  },
  {
    id: 'idp',
    scopes: ['openid', 'email', 'offline_access'],
    granted: undefined,
    lifetimeSeconds: 3600,
    rotation: 'replaces',
    label: 'demo@example.com',
  },
]

const everlasting: readonly Flow[] = [
  {
    id: 'github',
    scopes: ['repo', 'read:user'],
    granted: ['read:user', 'repo'],
    lifetimeSeconds: undefined,
    label: 'demo',
  },
  {
    id: 'slack',
    scopes: ['channels:history', 'chat:write'],
    granted: ['channels:history', 'chat:write'],
    lifetimeSeconds: undefined,
    label: 'Emulator Workspace',
  },
]

function aWorldFor(flow: Flow): Promise<World> {
  return aWorld(worldOptions(flow))
}

function worldOptions({ id, clientSetting }: Flow): Parameters<typeof startWorld>[0] {
  return clientSetting && { behaviour: { [id]: { clientSetting } } }
}

async function revokeBoth(world: World, id: string, tokens: ProviderTokens): Promise<unknown[]> {
  const connection = world.connection(id)
  const answers = []
  for (const [token, tokenTypeHint] of [
    [tokens.refreshToken, 'refresh_token'],
    [tokens.accessToken, 'access_token'],
  ] as const) {
    if (token === undefined) continue
    const answer = await world.client.revoke({ connection, token, tokenTypeHint })
    answers.push(accepted(answer))
  }
  return answers
}

test('the tables name every provider of the emulator', async () => {
  const world = await aWorld()

  expect([...new Set([...refreshable, ...everlasting].map(({ id }) => id))].sort()).toEqual(
    [...world.emulator.providerIds()].sort(),
  )
})

describe.each([...refreshable, ...everlasting])('$id, client setting $clientSetting', (flow) => {
  // One emulator for the tests of a flow: they only add to it, and key pairs are slow to make.
  let world: World
  beforeAll(async () => {
    world = await startWorld(worldOptions(flow))
  })
  afterAll(() => world.emulator.close())

  test('a code becomes tokens, their scopes and lifetime, and an account', async () => {
    const before = world.now()

    const { tokens, account } = accepted(
      await connect(world, world.connection(flow.id), flow.scopes),
    )

    expect(account.label).toBe(flow.label)
    expect(account.providerAccountId).toMatch(/^[A-Za-z0-9:]{4,}$/)
    expect(tokens.scopes && [...tokens.scopes].sort()).toEqual(flow.granted)
    expect(tokens.issuedAt).toBeGreaterThanOrEqual(before)
    expect(tokens.accessExpiresAt).toBe(
      flow.lifetimeSeconds === undefined ? undefined : tokens.issuedAt + flow.lifetimeSeconds,
    )
    expect(tokens.refreshToken !== undefined).toBe(refreshable.includes(flow as never))
  })

  test('two users have two account ids, and one user the same one again', async () => {
    const connection = world.connection(flow.id)
    const ids: string[] = []
    for (const user of ['alice', 'bob', 'alice']) {
      world.emulator.decideConsent(flow.id, { decision: 'allow', user })
      ids.push(accepted(await connect(world, connection, flow.scopes)).account.providerAccountId)
    }

    expect(ids[0]).toBe(ids[2])
    expect(ids[0]).not.toBe(ids[1])
  })

  test('revoking ends the tokens at the provider, and may be repeated', async () => {
    const connection = world.connection(flow.id)
    const { tokens } = accepted(await connect(world, connection, flow.scopes))

    const first = await revokeBoth(world, flow.id, tokens)
    const second = await revokeBoth(world, flow.id, tokens)

    const hasRevocation = world.emulator.provider(flow.id).revocation !== undefined
    expect(first.includes('revoked')).toBe(hasRevocation)
    expect(second).toEqual(first)
  })

  test('a user who says no is told apart from everything else', async () => {
    world.emulator.decideConsent(flow.id, { decision: 'deny' })
    const after = world.emulator.log.tick()

    expect(await connect(world, world.connection(flow.id), flow.scopes)).toEqual({
      ok: false,
      refusal: { kind: 'permanent', code: 'access_denied', mayHaveBeenSpent: false },
    })
    expect(world.emulator.log.entries({ route: 'token', after })).toEqual([])
  })

  test('a code works once', async () => {
    const connection = world.connection(flow.id)
    const attempt = anAttempt()
    const callback = await authorize(world, connection, { attempt, scopes: flow.scopes })
    accepted(await redeem(world, connection, attempt, callback))

    expect(await redeem(world, connection, attempt, callback)).toMatchObject({
      ok: false,
      refusal: { kind: 'permanent', code: 'invalid_grant', mayHaveBeenSpent: false },
    })
  })

  test('a wrong client secret is the operator’s trouble', async () => {
    const mistaken = await aWorld({ secret: 'wrong' })

    expect(await connect(mistaken, mistaken.connection(flow.id), flow.scopes)).toMatchObject({
      ok: false,
      refusal: { kind: 'operator', code: 'invalid_client', mayHaveBeenSpent: false },
    })
  })
})

describe.each(refreshable)('refresh at $id', (flow) => {
  test('gives a new access token, counted from the start of the request', async () => {
    const world = await aWorldFor(flow)
    const connection = world.connection(flow.id)
    const { tokens } = accepted(await connect(world, connection, flow.scopes))
    world.advance(1000)

    const refreshed = accepted(await refresh(world, connection, tokens.refreshToken))

    expect(refreshed.accessToken).not.toBe(tokens.accessToken)
    expect(refreshed.issuedAt).toBeGreaterThanOrEqual(tokens.issuedAt + 1000)
    expect(refreshed.accessExpiresAt).toBe(
      flow.lifetimeSeconds && refreshed.issuedAt + flow.lifetimeSeconds,
    )
    expect(refreshed.refreshToken !== undefined).toBe(flow.rotation === 'replaces')
    expect(refreshed.refreshToken).not.toBe(tokens.refreshToken)
    expect(world.emulator.log.refreshes({ token: tokens.refreshToken })).toHaveLength(1)
  })

  test('says permanent when the user ended the grant', async () => {
    const world = await aWorldFor(flow)
    const connection = world.connection(flow.id)
    const { tokens } = accepted(await connect(world, connection, flow.scopes))
    world.emulator.revokeGrant({ provider: flow.id, user: 'demo' })

    expect(await refresh(world, connection, tokens.refreshToken)).toMatchObject({
      ok: false,
      refusal: { kind: 'permanent', code: 'invalid_grant', mayHaveBeenSpent: false },
    })
  })

  test('sends nothing when it is called off after connecting', async () => {
    const world = await aWorldFor(flow)
    const connection = world.connection(flow.id)
    const { tokens } = accepted(await connect(world, connection, flow.scopes))

    const answer = await world.client.refresh({
      connection,
      accountId: 'cac_1',
      refreshToken: tokens.refreshToken ?? '',
      scopes: [],
      mayStillSend: () => false,
    })

    expect(answer).toEqual({
      ok: false,
      refusal: { kind: 'transient', code: 'not_sent', mayHaveBeenSpent: false },
    })
    expect(world.emulator.log.refreshes()).toEqual([])
  })
})

test('a GitHub App tells how long its refresh tokens live', async () => {
  const world = await aWorld()

  const { tokens } = accepted(await connect(world, world.connection('github-app')))

  expect(tokens.refreshExpiresAt).toBe(tokens.issuedAt + 15_897_600)
})

describe('faults of a provider', () => {
  const transient = (code: string, mayHaveBeenSpent = true): ProviderFailure => ({
    kind: 'transient',
    code,
    mayHaveBeenSpent,
  })
  const failing: readonly (readonly [Fault, ProviderFailure])[] = [
    [{ kind: 'reset', when: 'before' }, transient('reset')],
    [{ kind: 'reset', when: 'after' }, transient('reset')],
    [{ kind: 'reset', when: 'midway' }, transient('reset')],
    [{ kind: 'truncated_body' }, transient('not_json')],
    [{ kind: 'html', when: 'before' }, transient('not_json')],
    [{ kind: 'html', when: 'after' }, transient('not_json')],
    [{ kind: 'not_an_object' }, transient('not_json')],
    [{ kind: 'deep_json' }, transient('not_json')],
    [
      { kind: 'rate_limited', retryAfterSeconds: 7 },
      { ...transient('http_429', false), retryAfterSeconds: 7 },
    ],
    [{ kind: 'server_error', when: 'before' }, transient('http_503')],
    [{ kind: 'server_error', when: 'after', status: 500 }, transient('http_500')],
    [{ kind: 'redirect', location: 'http://169.254.169.254/' }, transient('redirect')],
    [{ kind: 'odd_types' }, transient('invalid_answer')],
    [{ kind: 'control_characters' }, transient('invalid_answer')],
    [{ kind: 'huge_token' }, transient('invalid_answer')],
    [{ kind: 'huge_body' }, transient('too_large')],
    [{ kind: 'error', error: 'no_such_code' }, transient('unknown_error')],
    [{ kind: 'error_in_200', error: 'no_such_code' }, transient('unknown_error')],
    [{ kind: 'error', error: 'invalid_scope' }, transient('invalid_scope', false)],
    [{ kind: 'error', error: 'temporarily_unavailable' }, transient('temporarily_unavailable')],
    [
      { kind: 'error_in_200', error: 'invalid_grant' },
      { kind: 'permanent', code: 'invalid_grant', mayHaveBeenSpent: false },
    ],
    [
      { kind: 'error', error: 'invalid_grant', status: 403 },
      { kind: 'permanent', code: 'invalid_grant', mayHaveBeenSpent: false },
    ],
    [
      { kind: 'error', error: 'unauthorized_client' },
      { kind: 'operator', code: 'unauthorized_client', mayHaveBeenSpent: false },
    ],
  ]

  test.each(failing)('a refresh that meets %j fails as it should', async (fault, failure) => {
    for (const id of ['notion', 'slack']) {
      const world = await aWorld({ behaviour: { slack: { clientSetting: 'on' } } })
      const connection = world.connection(id)
      const { tokens } = accepted(await connect(world, connection, ['email']))
      world.emulator.faults.add(id, { at: 'refresh', fault })

      expect(await refresh(world, connection, tokens.refreshToken)).toEqual({
        ok: false,
        refusal: failure,
      })
      expect(world.emulator.log.refreshes()).toHaveLength(1)
    }
  })

  test.each(failing)('a callback that meets %j fails as it should', async (fault, failure) => {
    const world = await aWorld()
    world.emulator.faults.add('notion', { at: 'token', fault })

    expect(await connect(world, world.connection('notion'), ['email'])).toEqual({
      ok: false,
      refusal: failure,
    })
    expect(world.emulator.log.tokenRequests()).toHaveLength(1)
  })

  test('a provider that does not answer in time may have rotated', async () => {
    let timeoutSeconds = 10
    const outboundFetch = createOutboundFetch({ allowLoopback: true })
    const world = await aWorld({
      outboundFetch: (request) => outboundFetch({ ...request, timeoutSeconds }),
    })
    const connection = world.connection('notion')
    const { tokens } = accepted(await connect(world, connection))
    timeoutSeconds = 0.8
    world.emulator.faults.add('notion', { at: 'refresh', fault: { kind: 'hold', when: 'after' } })

    expect(await refresh(world, connection, tokens.refreshToken)).toEqual({
      ok: false,
      refusal: transient('timeout'),
    })
  })

  test('a provider that is gone was sent nothing', async () => {
    const world = await aWorld()
    const connection = world.connection('notion')
    const { tokens } = accepted(await connect(world, connection))
    await world.emulator.close()
    worlds.length = 0

    expect(await refresh(world, connection, tokens.refreshToken)).toEqual({
      ok: false,
      refusal: transient('connect_failed', false),
    })
  })

  test('a missing expires_in means the usual lifetime, where tokens always expire', async () => {
    const world = await aWorld()
    const connection = world.connection('google')
    const { tokens } = accepted(await connect(world, connection, ['email']))
    world.emulator.faults.add('google', { at: 'refresh', fault: { kind: 'missing_expires_in' } })

    const refreshed = accepted(await refresh(world, connection, tokens.refreshToken))

    expect(refreshed.accessExpiresAt).toBe(refreshed.issuedAt + 3599)
  })

  test('a missing refresh token and narrowed scopes are told, not made up', async () => {
    const world = await aWorld({ behaviour: { google: { rotation: { rotation: 'strict' } } } })
    const connection = world.connection('google')
    const { tokens } = accepted(await connect(world, connection, ['email', 'profile']))
    world.emulator.faults.add('google', { at: 'refresh', fault: { kind: 'missing_refresh_token' } })
    const without = accepted(await refresh(world, connection, tokens.refreshToken))

    expect(without.refreshToken).toBeUndefined()
    expect(without.scopes).toContain('https://www.googleapis.com/auth/userinfo.profile')
  })

  test('RV-74: a user who leaves a scope out is seen in the scopes', async () => {
    const world = await aWorld()
    world.emulator.decideConsent('google', { decision: 'allow', scopes: ['openid', 'email'] })

    const { tokens } = accepted(await connect(world, world.connection('google'), ['email', 'x']))

    expect([...(tokens.scopes ?? [])].sort()).toEqual([
      'https://www.googleapis.com/auth/userinfo.email',
      'openid',
    ])
  })

  const failingRevocations: readonly (readonly [Fault, ProviderFailure])[] = [
    [{ kind: 'server_error' }, transient('http_503')],
    [{ kind: 'rate_limited' }, { ...transient('http_429', false), retryAfterSeconds: 30 }],
    [{ kind: 'reset' }, transient('reset')],
    [{ kind: 'redirect', location: 'http://10.0.0.1/' }, transient('redirect')],
    [
      { kind: 'error', error: 'invalid_client', status: 401 },
      { kind: 'operator', code: 'invalid_client', mayHaveBeenSpent: false },
    ],
  ]

  test.each(['google', 'notion'])(
    'a revocation at %s that fails says so, to be tried again',
    async (id) => {
      const world = await aWorld()
      const connection = world.connection(id)
      const { tokens } = accepted(await connect(world, connection, ['email']))
      const revocation = {
        connection,
        token: tokens.accessToken,
        tokenTypeHint: 'access_token',
      } as const
      const answers = []
      for (const [fault] of failingRevocations) {
        world.emulator.faults.add(id, { at: 'revoke', fault })
        answers.push(await world.client.revoke(revocation))
      }

      expect(answers).toEqual(failingRevocations.map(([, refusal]) => ({ ok: false, refusal })))
      expect(await world.client.revoke(revocation)).toEqual({ ok: true, value: 'revoked' })
    },
  )

  test('an account that cannot be named is not connected', async () => {
    const world = await aWorld()
    world.emulator.faults.add('github', { at: 'userinfo', fault: { kind: 'server_error' } })

    expect(await connect(world, world.connection('github'), ['repo'])).toEqual({
      ok: false,
      refusal: transient('identity_unavailable'),
    })
  })

  test('keys that cannot be fetched are the provider’s trouble, and an ID token from elsewhen is no ID token', async () => {
    const world = await aWorld()
    const connection = world.connection('google')
    world.emulator.faults.add('google', { at: 'jwks', fault: { kind: 'server_error' } })
    const withoutKeys = await connect(world, connection, ['email'])
    world.emulator.faults.add('google', {
      at: 'token',
      fault: { kind: 'clock_skew', seconds: 3600 },
    })
    const ahead = await connect(world, connection, ['email'])

    expect(withoutKeys).toEqual({ ok: false, refusal: transient('id_token_keys_unavailable') })
    expect(ahead).toEqual({
      ok: false,
      refusal: { kind: 'permanent', code: 'id_token_invalid', mayHaveBeenSpent: true },
    })
  })
})

describe('probe', () => {
  test('asks the provider’s own endpoint whether a token still works', async () => {
    const world = await aWorld()
    const connection = world.connection('github')
    const { tokens } = accepted(await connect(world, connection, ['repo']))
    const { accessToken } = tokens
    const live = await world.client.probe({ connection, accessToken })
    world.emulator.revokeGrant({ provider: 'github', user: 'demo' })
    const dead = await world.client.probe({ connection, accessToken })
    world.emulator.faults.add('github', { at: 'userinfo', fault: { kind: 'html' } })
    const unsure = await world.client.probe({ connection, accessToken })

    expect(live).toEqual({ ok: true, value: 'accepted' })
    expect(dead).toEqual({ ok: true, value: 'refused' })
    expect(unsure).toMatchObject({ ok: false, refusal: { kind: 'transient', code: 'not_json' } })
  })

  test('says when a provider has no such endpoint', async () => {
    const world = await aWorld()

    for (const id of ['google', 'slack', 'notion']) {
      const connection = world.connection(id)
      const answer = await world.client.probe({ connection, accessToken: 'any' })
      expect(answer).toEqual({ ok: true, value: 'unsupported' })
    }
    expect(world.emulator.log.entries()).toEqual([])
  })
})

describe('authorization URL', () => {
  test('RV-60: lets nobody overwrite what the flow rests on', async () => {
    const world = await aWorld()
    const attempt = anAttempt()

    const url = await world.client.authorizationUrl({
      ...attempt,
      connection: world.connection('google'),
      redirectUri: REDIRECT_URI,
      scopes: ['email'],
      parameters: {
        redirect_uri: 'https://evil.example/',
        client_id: 'evil',
        state: 'evil',
        scope: 'everything',
        response_type: 'token',
        nonce: 'evil',
        code_challenge: 'evil',
        code_challenge_method: 'plain',
        login_hint: 'alice@example.com',
        prompt: 'select_account',
      },
    })

    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'emulator-google-client',
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      state: attempt.state,
      nonce: attempt.nonce,
      scope: 'email openid',
      code_challenge_method: 'S256',
      access_type: 'offline',
      login_hint: 'alice@example.com',
      prompt: 'consent select_account',
    })
    expect(url.searchParams.get('code_challenge')).not.toBe(attempt.codeVerifier)
    expect(url.href).not.toContain(attempt.codeVerifier)
    expect(url.href).not.toContain('evil')
  })
})

describe('T18, T19: callback', () => {
  test('RV-60: a code that was asked for with another verifier is refused by the provider', async () => {
    const world = await aWorld()
    const connection = world.connection('google')
    const attempt = anAttempt()
    const callback = await authorize(world, connection, { attempt, scopes: ['email'] })

    const { codeVerifier } = anAttempt()
    const answer = await redeem(world, connection, { ...attempt, codeVerifier }, callback)

    expect(answer).toMatchObject({ ok: false, refusal: { code: 'invalid_grant' } })
  })

  test('RV-62: an ID token for another attempt is refused', async () => {
    const world = await aWorld()
    const connection = world.connection('google')
    const attempt = anAttempt()
    const callback = await authorize(world, connection, { attempt, scopes: ['email'] })

    const answer = await redeem(world, connection, { ...attempt, nonce: 'another' }, callback)

    expect(answer).toMatchObject({ ok: false, refusal: { code: 'id_token_invalid' } })
  })

  test('RV-61, RV-63: with a foreign state or issuer nothing is sent', async () => {
    const world = await aWorld()
    const connection = world.connection('google')
    const attempt = anAttempt()
    const callback = await authorize(world, connection, { attempt, scopes: ['email'] })
    const foreign = new URLSearchParams(callback)
    foreign.set('iss', 'https://evil.example')

    const { state } = anAttempt()
    const wrongState = await redeem(world, connection, { ...attempt, state }, callback)
    const wrongIssuer = await redeem(world, connection, attempt, foreign)

    expect(wrongState).toMatchObject({ ok: false, refusal: { code: 'state_mismatch' } })
    expect(wrongIssuer).toMatchObject({ ok: false, refusal: { code: 'issuer_mismatch' } })
    expect(world.emulator.log.tokenRequests()).toEqual([])
  })
})

describe('F13, I9: breaker', () => {
  test('a wrong secret is tried a few times for all accounts together, and marks none of them dead', async () => {
    const world = await aWorld({ secret: 'wrong' })
    const connection = world.connection('notion')
    const failures: ProviderFailure[] = []
    for (let index = 0; index < 50; index += 1) {
      const answer = await refresh(world, connection, `token-of-${index}`, `cac_${index}`)
      failures.push(...(answer.ok ? [] : [answer.refusal]))
    }

    expect(failures.filter(({ kind }) => kind === 'permanent')).toEqual([])
    expect(failures.map(({ code }) => code).slice(0, 4)).toEqual([
      'invalid_client',
      'invalid_client',
      'invalid_client',
      'breaker_open',
    ])
    expect(failures.at(-1)).toMatchObject({
      kind: 'transient',
      code: 'breaker_open',
      mayHaveBeenSpent: false,
    })
    expect(failures.at(-1)?.retryAfterSeconds).toBeGreaterThan(0)
    expect(world.emulator.log.refreshes()).toHaveLength(3)
  })

  test('lets one call through after a while, and closes when it is let in', async () => {
    const world = await aWorld()
    const connection = world.connection('notion')
    const { tokens } = accepted(await connect(world, connection, ['email']))
    world.emulator.faults.add('notion', {
      at: 'refresh',
      fault: { kind: 'error', error: 'invalid_client', status: 401 },
      times: 3,
    })
    for (const account of ['cac_2', 'cac_3', 'cac_4']) {
      await refresh(world, connection, tokens.refreshToken, account)
    }
    const whileOpen = await refresh(world, connection, tokens.refreshToken)
    const elsewhere = await connect(world, world.connection('slack'), ['chat:write'])
    world.advance(31)
    const later = accepted(await refresh(world, connection, tokens.refreshToken))
    const after = await refresh(world, connection, later.refreshToken)

    expect(whileOpen).toMatchObject({ ok: false, refusal: { code: 'breaker_open' } })
    expect(elsewhere.ok).toBe(true)
    expect(after.ok).toBe(true)
  })

  test('closes at once when a new connection shows that the secret works', async () => {
    const world = await aWorld()
    const connection = world.connection('notion')
    const { tokens } = accepted(await connect(world, connection))
    world.emulator.faults.add('notion', {
      at: 'refresh',
      fault: { kind: 'error', error: 'invalid_client', status: 401 },
      times: 3,
    })
    for (const account of ['cac_2', 'cac_3', 'cac_4']) {
      await refresh(world, connection, tokens.refreshToken, account)
    }
    const whileOpen = await refresh(world, connection, tokens.refreshToken)
    world.emulator.decideConsent('notion', { decision: 'allow', user: 'bob' })
    accepted(await connect(world, connection))

    expect(whileOpen).toMatchObject({ ok: false, refusal: { code: 'breaker_open' } })
    expect((await refresh(world, connection, tokens.refreshToken)).ok).toBe(true)
  })

  test('is not opened by one account for which the provider says no to the client', async () => {
    const world = await aWorld()
    const connection = world.connection('notion')
    const { tokens } = accepted(await connect(world, connection, ['email']))
    world.emulator.faults.add('notion', {
      at: 'refresh',
      fault: { kind: 'error', error: 'invalid_client', status: 401 },
      times: 10,
    })
    for (let index = 0; index < 10; index += 1) {
      const refused = await refresh(world, connection, tokens.refreshToken, 'cac_dead')
      expect(refused).toMatchObject({ refusal: { code: 'invalid_client' } })
    }

    expect((await refresh(world, connection, tokens.refreshToken, 'cac_2')).ok).toBe(true)
  })

  test('is not opened by users: neither by dead grants nor by forged callbacks', async () => {
    const world = await aWorld()
    const connection = world.connection('notion')
    const { tokens } = accepted(await connect(world, connection, ['email']))
    for (let index = 0; index < 5; index += 1) {
      await refresh(world, connection, 'forged')
      const attempt = anAttempt()
      const error = new URLSearchParams({ state: attempt.state, error: 'unauthorized_client' })
      await redeem(world, connection, attempt, error)
    }

    expect((await refresh(world, connection, tokens.refreshToken)).ok).toBe(true)
  })
})

test('a connection that is not configured is a bug', async () => {
  const world = await aWorld()
  const connection = { ...world.connection('google'), name: 'no-such' }

  await expect(refresh(world, connection, 'x')).rejects.toThrow('"no-such"')
})
