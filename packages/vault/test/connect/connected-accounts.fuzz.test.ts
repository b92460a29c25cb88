import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'

import {
  aProof,
  holderKey,
  thumbprintOf,
} from '../../src/authorization-server/dpop-proof.fixture.ts'
import { APP, type ConnectWorld, startConnectWorld } from './connect-world.ts'
import { aUser, connect } from './steps.ts'

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)
const timeout = 60_000 + numRuns * 100

let world: ConnectWorld
beforeAll(async () => {
  world = await startConnectWorld()
})
afterAll(async () => {
  await world.close()
})

/** What must never come back: it is in every value that is sent. */
const CANARY = 'cAnArY7'

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom('', '\u0000', '\ud800', '../../etc/passwd', "' OR 1=1 --", '${7*7}', '\u202e'),
)
const spiked = anyText.map((text) => `${CANARY}${text}`)
const anyValue = fc.oneof(
  spiked,
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, [], {}),
  fc.array(spiked, { maxLength: 3 }),
  fc.object({ maxDepth: 2, key: spiked, values: [spiked] }),
)

/** A body that is right but for some members. */
const nearlyRight = fc
  .record({
    base: fc.constantFrom<Record<string, unknown>>(
      { connection: 'github', redirect_uri: APP, scopes: ['repo'], state: 'x' },
      { auth_session: 'x', connect_code: 'y', redirect_uri: APP },
      { label: 'Work' },
    ),
    changes: fc.dictionary(
      fc.oneof(
        fc.constantFrom(
          'connection',
          'redirect_uri',
          'scopes',
          'scopes_mode',
          'state',
          'authorization_params',
          'code_challenge',
          'code_challenge_method',
          'auth_session',
          'connect_code',
          'code_verifier',
          'label',
          '__proto__',
          'constructor',
        ),
        spiked,
      ),
      anyValue,
      { maxKeys: 3 },
    ),
  })
  .map(({ base, changes }) => JSON.stringify({ ...base, ...changes }))

const anyBody = fc.oneof(
  nearlyRight,
  fc.json(),
  fc.string().map((text) => `${CANARY}${text}`),
  anyValue.map((value) => JSON.stringify(value)),
)

const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
})

const anyRoute = fc.constantFrom(
  ['POST', '/connect'],
  ['POST', '/complete'],
  ['PATCH', '/accounts/cac_1'],
  ['PATCH', `/accounts/${CANARY}`],
  ['DELETE', `/accounts/%00${CANARY}`],
)

test(
  'no body makes the API fail, repeat what was sent, or show its insides',
  { timeout },
  async () => {
    const token = await world.bearer(aUser('fuzzer'))

    await fc.assert(
      fc.asyncProperty(anyRoute, anyBody, async ([method = '', path = ''], body) => {
        const answer = await world.call(method, path, { token, body })

        expect(answer.status).toBeLessThan(500)
        const text = JSON.stringify(answer.body)
        expect(text).not.toContain(CANARY)
        expect(text).not.toMatch(/\.ts:\d|node:|at \w+ \(/)
        expect(answer.status === 201 || Problem.safeParse(answer.body).success).toBe(true)
        expect(answer.headers.get('content-type')).toBe(
          answer.status === 201 ? 'application/json' : 'application/problem+json',
        )
      }),
      { numRuns },
    )
  },
)

test('no query makes a list fail or repeat what was sent', { timeout }, async () => {
  const user = aUser('fuzzer-of-lists')
  const activity = `/accounts/${(await connect(world, user)).id}/activity`
  const token = await world.bearer(user)
  const anyQuery = fc.array(
    fc.tuple(fc.oneof(fc.constantFrom('from', 'next', 'take', 'connection'), spiked), anyText),
    { maxLength: 4 },
  )

  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('/accounts', '/connections', activity),
      anyQuery,
      async (path, parameters) => {
        const query = parameters
          .map((pair) =>
            pair.map((part) => encodeURIComponent(part.replaceAll(/\p{Cs}/gu, '?'))).join('='),
          )
          .join('&')

        const answer = await world.call('GET', `${path}?${query}`, { token })

        expect([200, 400]).toContain(answer.status)
        expect(JSON.stringify(answer.body)).not.toContain(CANARY)
      },
    ),
    { numRuns },
  )
})

test('no bearer token is taken but a real one', { timeout }, async () => {
  const real = await world.bearer(aUser('fuzzer'))
  const nearly = fc
    .tuple(fc.nat({ max: real.length - 1 }), fc.constantFrom('A', 'b', '0', '-', '.', ''))
    .map(([at, character]) => real.slice(0, at) + character + real.slice(at + 1))
    .filter((token) => token !== real && !sameSignature(token, real))
  const anyToken = fc.oneof(nearly, fc.string({ unit: 'grapheme-ascii', maxLength: 200 }))

  await fc.assert(
    fc.asyncProperty(anyToken, async (token) => {
      const answer = await world.call('GET', '/accounts', {
        token: token.replaceAll(/[\r\n]/g, ''),
      })

      expect(answer.status).toBe(401)
    }),
    { numRuns },
  )
})

test('no header is a DPoP proof but a real one', { timeout }, async () => {
  const user = aUser('fuzzer-of-proofs')
  const token = await world.bearer(user, { jkt: thumbprintOf(holderKey) })
  const url = `${world.issuer}me/v1/connected-accounts/accounts`
  const right = { method: 'GET', url, at: world.now(), accessToken: token }
  const challenge = await world.call('GET', '/accounts', {
    headers: { authorization: `DPoP ${token}`, dpop: aProof(right) },
  })
  const nonce = challenge.headers.get('dpop-nonce') ?? ''
  const notRight = fc.oneof(spiked, fc.integer(), fc.constantFrom(null, true, [], {}))
  const changed = fc
    .tuple(
      fc.constantFrom('htm', 'htu', 'iat', 'ath', 'nonce', 'typ', 'alg', 'jwk', 'crit', 'b64'),
      notRight,
    )
    .map(([name, value]) => {
      const part = { [name]: value }
      const isHeader = ['typ', 'alg', 'jwk', 'crit', 'b64'].includes(name)
      return aProof({ ...right, nonce, ...(isHeader ? { header: part } : { claims: part }) })
    })
  const anyProof = fc.oneof(changed, fc.string({ unit: 'grapheme-ascii', maxLength: 200 }))

  await fc.assert(
    fc.asyncProperty(anyProof, async (proof) => {
      const answer = await world.call('GET', '/accounts', {
        headers: { authorization: `DPoP ${token}`, dpop: proof.replaceAll(/[\r\n]/g, '') },
      })

      expect(answer.status).toBe(401)
      expect(['invalid_dpop_proof', 'use_dpop_nonce']).toContain(answer.body.code)
      expect(JSON.stringify(answer.body)).not.toContain(CANARY)
    }),
    { numRuns },
  )
})

/** The last character of a base64url text has bits that carry nothing. */
function sameSignature(token: string, real: string): boolean {
  return (
    Buffer.from(token.split('.')[2] ?? '', 'base64url').equals(
      Buffer.from(real.split('.')[2] ?? '', 'base64url'),
    ) && token.split('.').slice(0, 2).join() === real.split('.').slice(0, 2).join()
  )
}
