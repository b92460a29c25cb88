import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { EXCHANGE } from '../front-door/vault-world.ts'
import { CLIENTS, SECRET, startLoginWorld, type LoginWorld } from './login-world.ts'

let world: LoginWorld
beforeAll(async () => {
  world = await startLoginWorld()
})
afterAll(() => world.close())

describe('logging in at the vault', () => {
  test('an unmodified openid-client gets code, tokens and the user', async () => {
    const app = await world.app(CLIENTS.web)

    const tokens = await world.logIn({ app, user: 'alice' })

    expect(tokens.claims()).toMatchObject({
      iss: world.vault.issuer,
      aud: CLIENTS.web,
      sub: expect.stringMatching(/^usr_/),
      sid: expect.any(String),
    })
    expect(tokens.refresh_token).toEqual(expect.any(String))
    const user = await client.fetchUserInfo(app, tokens.access_token, tokens.claims()?.sub ?? '')
    expect(user).toMatchObject({ email: expect.any(String) })
  })
})

test('a login puts the provider’s tokens into the vault, and its refresh token is exchanged for them', async () => {
  const app = await world.app(CLIENTS.web)
  const tokens = await world.logIn({ app, user: 'bob' })

  const exchanged = await client.genericGrantRequest(app, EXCHANGE, {
    subject_token: tokens.refresh_token ?? '',
    subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
    audience: 'google-oauth2',
  })

  expect(exchanged).toMatchObject({ connection: 'google-oauth2' })
})

test('R8: a login counts as consent to one`s own client, also when it begins to ask, and from then on by the page that says so', async () => {
  const app = await world.app(CLIENTS.web)
  const exchange = async (refreshToken: string | undefined): Promise<unknown> => {
    const { body } = await world.as({ id: CLIENTS.web, secret: SECRET }).token({
      grant_type: EXCHANGE,
      subject_token: refreshToken ?? '',
      subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token',
      audience: 'google-oauth2',
    })
    return body.vault_error ?? body.connection
  }
  const before = await world.logIn({ app, user: 'bobby' })
  await world.restart({
    ...world.config,
    clients: (world.config.clients ?? []).map((one) =>
      one.id === CLIENTS.web ? { ...one, consent: 'ask' } : one,
    ),
  })

  const after = await world.logIn({ app, user: 'demo' })

  expect(await exchange(before.refresh_token)).toBe('google-oauth2')
  expect(await exchange(after.refresh_token)).toBe('google-oauth2')
  await world.restart()
})
