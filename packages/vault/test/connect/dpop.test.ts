import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  aProof,
  holderKey,
  type ProofOptions,
  thumbprintOf,
} from '../../src/authorization-server/dpop-proof.fixture.ts'
import { ecKey } from '../../src/authorization-server/forge-jwt.fixture.ts'
import { APP, type ConnectWorld, startConnectWorld } from './connect-world.ts'
import { aUser } from './steps.ts'

const other = ecKey('other')
const jkt = thumbprintOf(holderKey)
const ME = 'me/v1/connected-accounts'

let world: ConnectWorld
let token: string
let nonce: string
beforeAll(async () => {
  world = await startConnectWorld()
  token = await world.bearer(aUser('holder'), { jkt })
  const challenge = await call({ nonce: undefined })
  nonce = challenge.headers.get('dpop-nonce') ?? ''
})
afterAll(async () => {
  await world.close()
})

/** Lists accounts with the token and a proof, right in everything that the test does not say. */
async function call(
  options: Partial<ProofOptions> = {},
  { scheme = 'DPoP', path = '/accounts', presented = token } = {},
): ReturnType<ConnectWorld['call']> {
  const dpop = aProof({
    method: 'GET',
    url: `${world.issuer}${ME}/accounts`,
    at: world.now(),
    nonce,
    accessToken: presented,
    ...options,
  })
  return await world.call('GET', path, {
    headers: { authorization: `${scheme} ${presented}`, dpop },
  })
}

describe('RV-95: the connected-accounts API', () => {
  test('lets the holder of the key in, and tells the next nonce', async () => {
    const answer = await call()

    expect(answer).toMatchObject({ status: 200, body: { accounts: [] } })
    expect(answer.headers.get('dpop-nonce')).toBe(nonce)
  })

  test('RV-09: asks for a nonce by a challenge', async () => {
    const answer = await call({ nonce: undefined })

    expect(answer).toMatchObject({ status: 401, body: { code: 'use_dpop_nonce' } })
    expect(answer.headers.get('www-authenticate')).toMatch(
      /^DPoP error="use_dpop_nonce", algs="ES256 [^"]+", scope="read:me:connected_accounts", /,
    )
    expect(answer.headers.get('dpop-nonce')).toBe(nonce)
  })

  test('takes the scheme in any case, and queries beside the URL of the proof', async () => {
    expect((await call({}, { scheme: 'dpop', path: '/accounts?take=2' })).status).toBe(200)
  })

  test.each<[string, Partial<ProofOptions>]>([
    ['of another key', { key: other }],
    ['for another token', { accessToken: 'another' }],
    ['for no token', { claims: { ath: undefined } }],
    ['for another method', { method: 'POST' }],
    ['for the token endpoint', { url: 'https://vault.example.com/oauth/token' }],
    ['of a minute ago and more', { at: 1 }],
    ['of another type', { header: { typ: 'at+jwt' } }],
  ])('refuses a proof %s', async (_, options) => {
    const answer = await call(options)

    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_dpop_proof' } })
    expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_dpop_proof", /)
    expect(answer.headers.get('dpop-nonce')).toBe(nonce)
  })

  test('RV-96: refuses a proof that was used', async () => {
    const claims = { jti: 'used once' }
    const [first, second] = [await call({ claims }), await call({ claims })]

    expect(first.status).toBe(200)
    expect(second).toMatchObject({ status: 401, body: { code: 'invalid_dpop_proof' } })
  })

  test('refuses a bound token without a proof', async () => {
    const answer = await world.call('GET', '/accounts', {
      headers: { authorization: `DPoP ${token}` },
    })

    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_dpop_proof' } })
  })

  test('refuses a bound token as bearer token, with or without a proof', async () => {
    const without = await world.call('GET', '/accounts', { token })
    const withOne = await call({}, { scheme: 'Bearer' })

    for (const answer of [without, withOne]) {
      expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_token' } })
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/)
    }
  })

  test('refuses a bearer token under the scheme DPoP', async () => {
    const presented = await world.bearer(aUser('holder'))

    const answer = await call({}, { presented })

    expect(answer).toMatchObject({ status: 401, body: { code: 'invalid_token' } })
    expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token", /)
  })

  test('keeps no proof of those who have no token', async () => {
    const claims = { jti: 'to be used later' }

    const guessed = await call({ claims }, { presented: `${token}x` })

    expect(guessed).toMatchObject({ status: 401, body: { code: 'invalid_token' } })
    expect((await call({ claims })).status).toBe(200)
  })

  test('takes each route’s own URL', async () => {
    const dpop = aProof({
      url: `${world.issuer}${ME}/connect`,
      at: world.now(),
      nonce,
      accessToken: token,
    })

    const answer = await world.call('POST', '/connect', {
      body: { connection: 'github', redirect_uri: APP },
      headers: { authorization: `DPoP ${token}`, dpop },
    })

    expect(answer.status).toBe(201)
  })
})

test('RV-120: whoever is refused is told where to read about the API, and which scope it needs', async () => {
  const narrow = await world.bearer(aUser('narrow'), { scopes: ['delete:me:connected_accounts'] })
  const answers = await Promise.all([
    world.call('GET', '/accounts', {}),
    world.call('GET', '/accounts', { token: 'garbage' }),
    world.call('GET', '/accounts', { token: narrow }),
    call({ nonce: undefined }),
  ])

  expect(answers.map(({ status }) => status)).toEqual([401, 401, 403, 401])
  for (const { headers } of answers) {
    const challenge = headers.get('www-authenticate') ?? ''
    expect(challenge.match(/scope="read:me:connected_accounts"/g)).toHaveLength(2)
    expect(challenge).toContain(
      `resource_metadata="${world.issuer}.well-known/oauth-protected-resource/me/"`,
    )
  }
})
