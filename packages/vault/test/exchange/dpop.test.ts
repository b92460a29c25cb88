import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  aProof,
  holderKey,
  type ProofOptions,
  thumbprintOf,
} from '../../src/authorization-server/dpop-proof.fixture.ts'
import { ecKey } from '../../src/authorization-server/forge-jwt.fixture.ts'
import { aClient } from '../../src/domain/client.fixture.ts'
import {
  ACCESS_TOKEN,
  anAuth0Exchange,
  anExchange,
  type Answer,
  type ExchangeWorld,
  ISSUER,
  startExchangeWorld,
} from './exchange-world.ts'

const other = ecKey('other')
const bound = { cnf: { jkt: thumbprintOf(holderKey) } }

let world: ExchangeWorld
beforeAll(async () => {
  world = await startExchangeWorld()
  await world.connect()
})
afterAll(async () => {
  await world.close()
})

function proof(options: Partial<ProofOptions> = {}): string {
  return aProof({
    url: `${ISSUER}oauth/token`,
    at: world.runtime.now(),
    nonce: world.nonces.next(),
    ...options,
  })
}

/** Exchanges a subject token with these claims, with this `DPoP` header. */
async function exchange(
  dpop: string | undefined,
  claims: Readonly<Record<string, unknown>> = {},
  overrides: Readonly<Record<string, string | undefined>> = {},
): Promise<Answer> {
  const subject_token = await world.subjectOf('alice', claims)
  const headers: Readonly<Record<string, string>> = dpop === undefined ? {} : { dpop }
  return await world.node.post(await anExchange(world, { subject_token, ...overrides }), {
    headers,
  })
}

const badProof = {
  status: 400,
  body: { error: 'invalid_dpop_proof', error_description: expect.any(String) },
}

describe('RV-33, RV-95: a subject token that is bound to a key', () => {
  test('is accepted from the holder of the key', async () => {
    const answer = await exchange(proof(), bound)

    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer' } })
  })

  test.each<[string, () => string | undefined, string]>([
    ['without a proof', () => undefined, 'proof_missing'],
    ['with a proof of another key', () => proof({ key: other }), 'proof_of_other_key'],
  ])('%s is refused, and nobody is sent to log in again', async (_, make, why) => {
    const answer = await exchange(make(), bound)

    expect(answer).toMatchObject(badProof)
    expect(answer.body).not.toHaveProperty('vault_error')
    expect(world.events.at(-1)).toMatchObject({
      type: 'token.exchange_refused',
      reason: 'subject_token_invalid',
      details: { why },
    })
  })

  test.each([{ cnf: 'x' }, { cnf: { jkt: 7 } }, { cnf: { jkt: 'short' } }, { cnf: [] }])(
    'in a way that means nothing is refused: %j',
    async (claims) => {
      const answer = await exchange(proof(), claims)

      expect(answer).toMatchObject({ status: 400, body: { vault_error: 'subject_token_invalid' } })
    },
  )

  test('is refused in Auth0’s dialect, too', async () => {
    const subject_token = await world.subjectOf('alice', bound)

    const answer = await world.node.post(await anAuth0Exchange(world, { subject_token }), {
      json: true,
    })

    expect(answer).toMatchObject(badProof)
  })

  test('as actor token needs the proof as well', async () => {
    const actor = {
      actor_token: await world.subjectOf('bot', bound),
      actor_token_type: ACCESS_TOKEN,
    }

    expect(await exchange(undefined, {}, actor)).toMatchObject(badProof)
    expect(await exchange(proof({ key: other }), {}, actor)).toMatchObject(badProof)
    expect(await exchange(proof(), {}, actor)).toMatchObject({ status: 200 })
  })
})

describe('RV-09, RV-95: a proof at the token endpoint', () => {
  test('without a nonce of ours is told one, and then accepted', async () => {
    const first = await exchange(proof({ nonce: undefined }))
    const nonce = first.headers.get('dpop-nonce') ?? ''
    const second = await exchange(proof({ nonce }))

    expect(first).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } })
    expect(first.headers.get('cache-control')).toBe('no-store')
    expect(second.status).toBe(200)
    expect(second.headers.get('dpop-nonce')).toBe(world.nonces.next())
  })

  test.each<[string, () => string]>([
    ['for another URL', () => proof({ url: `${ISSUER}me/` })],
    ['for another method', () => proof({ method: 'GET' })],
    ['of another time', () => proof({ at: world.runtime.now() - 61 })],
    ['that is garbage', () => 'garbage'],
    ['that is empty', () => ''],
    ['beside another one', () => `${proof()}, ${proof()}`],
  ])('%s is refused even when nothing is bound', async (_, make) => {
    const answer = await exchange(make())

    expect(answer).toMatchObject(badProof)
    expect(answer.headers.get('dpop-nonce')).toBe(world.nonces.next())
    expect(world.events.at(-1)).toMatchObject({
      type: 'token.exchange_refused',
      reason: 'invalid_dpop_proof',
    })
  })

  test('RV-96: is good once', async () => {
    const once = proof()

    expect((await exchange(once)).status).toBe(200)
    expect(await exchange(once)).toMatchObject(badProof)
    expect(world.logged()).toContain('"cause":"replayed"')
  })

  test('RV-10: is not looked at before the client is known', async () => {
    const answer = await exchange('garbage', {}, { client_secret: 'wrong' })

    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  test('a client that has to prove its key is refused without, and told a nonce', async () => {
    const { authentication, grants, subjects, connections } = world.agent
    const shared = { authentication, grants, subjects, connections }
    world.clients.set('keyed', aClient({ ...shared, id: 'keyed', dpop: 'required' }))

    const without = await exchange(undefined, {}, { client_id: 'keyed' })
    const nonce = without.headers.get('dpop-nonce') ?? ''
    const withOne = await exchange(proof({ nonce }), {}, { client_id: 'keyed' })

    expect(without).toMatchObject(badProof)
    expect(withOne.status).toBe(200)
  })

  test('whoever sends none hears nothing of nonces', async () => {
    const answer = await exchange(undefined)

    expect(answer.status).toBe(200)
    expect(answer.headers.has('dpop-nonce')).toBe(false)
  })
})

describe('RV-95: a token of the vault’s own', () => {
  const audience = `${ISSUER}me/`

  test('is bound to the key of the request’s proof', async () => {
    const answer = await exchange(proof(), {}, { audience })

    expect(answer).toMatchObject({ status: 200, body: { token_type: 'DPoP' } })
    expect(decodeJwt(String(answer.body['access_token']))['cnf']).toEqual(bound.cnf)
  })

  test('is a bearer token without one', async () => {
    const answer = await exchange(undefined, {}, { audience })

    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer' } })
    expect(decodeJwt(String(answer.body['access_token']))).not.toHaveProperty('cnf')
  })
})

test('RV-34, RV-95: a token for an API, made with a proof, is a subject for the holder of its key alone', async () => {
  const identifier = 'https://orders.example.com'
  const api = { identifier, scopes: ['orders:read'] }
  world.apis.set(identifier, {
    ...api,
    tenant: 'default',
    name: 'Orders',
    tokenLifetimeSeconds: 600,
    algorithm: 'ES256',
  })
  const { authentication, grants, subjects, connections } = world.agent
  const shared = { authentication, grants, subjects, connections }
  const apis = { [identifier]: { scopes: api.scopes } }
  world.clients.set('front', aClient({ ...shared, id: 'front', apis }))
  world.clients.set('orders', aClient({ ...shared, id: 'orders', api: identifier }))

  const made = await exchange(
    proof(),
    {},
    { client_id: 'front', audience: identifier, scope: undefined },
  )
  const presented = {
    client_id: 'orders',
    subject_token: String(made.body['access_token']),
    subject_token_type: ACCESS_TOKEN,
  }

  expect(made).toMatchObject({ status: 200, body: { token_type: 'DPoP' } })
  expect(await exchange(undefined, {}, presented)).toMatchObject(badProof)
  expect(await exchange(proof({ key: other }), {}, presented)).toMatchObject(badProof)
  expect(await exchange(proof(), {}, presented)).toMatchObject({ status: 200 })
})
