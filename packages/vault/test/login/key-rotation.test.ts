import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import * as z from 'zod'

import { CLIENTS, type LoginWorld, startLoginWorld } from './login-world.ts'

const DAY = 86_400
const Jwks = z.object({ keys: z.array(z.object({ kid: z.string(), alg: z.string() })) })

let world: LoginWorld
let app: client.Configuration
beforeAll(async () => {
  world = await startLoginWorld()
  app = await world.app(CLIENTS.web)
})
afterAll(() => world.close())

async function published(): Promise<readonly string[]> {
  const response = await fetch(new URL('/.well-known/jwks.json', world.vault.url))
  return Jwks.parse(await response.json()).keys.map(({ kid }) => kid)
}

async function idToken(): Promise<string> {
  const asked = await world.ask({ app, user: 'alice' })
  const visit = await world.go(asked)
  const tokens = await client.authorizationCodeGrant(app, new URL(visit.location ?? visit.url), {
    pkceCodeVerifier: asked.verifier,
    expectedState: asked.state,
    expectedNonce: asked.nonce,
  })
  return tokens.id_token ?? ''
}

/** As any app does that has not seen the keys before. */
async function verified(token: string): Promise<string | undefined> {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', world.vault.url))
  const { protectedHeader } = await jwtVerify(token, keys, {
    issuer: world.vault.issuer,
    currentDate: new Date(0),
  })
  return protectedHeader.kid
}

test('a signing key is published before it signs, and stays as long as what it signed', async () => {
  const before = await published()
  const old = await idToken()
  const oldKey = decodeProtectedHeader(old).kid ?? ''
  expect(before).toContain(oldKey)

  world.passTime(91 * DAY)
  world.strikeHour()
  await vi.waitFor(async () => expect(await published()).toHaveLength(before.length * 2))
  expect(await verified(await idToken()), 'nobody may know the new one yet').toBe(oldKey)

  world.passTime(1_200)
  const newKey = await verified(await idToken())
  expect(before).not.toContain(newKey)
  expect(await published()).toContain(newKey)
  expect(await verified(old), 'the old one is still published').toBe(oldKey)

  world.passTime(3 * DAY)
  world.strikeHour()
  await vi.waitFor(async () => expect(await published()).not.toContain(oldKey))
  expect(await verified(await idToken())).toBe(newKey)
})
