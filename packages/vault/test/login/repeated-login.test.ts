import * as client from 'openid-client'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createBrowser } from '../connect/browser.ts'
import { EXCHANGE } from '../front-door/vault-world.ts'
import { CLIENTS, startLoginWorld, type LoginWorld } from './login-world.ts'

let world: LoginWorld
beforeAll(async () => {
  world = await startLoginWorld()
})
afterAll(() => world.close())

const REFRESH_TOKEN = 'urn:ietf:params:oauth:token-type:refresh_token'

test('R9: a login that brings less leaves the stored tokens alone, and one that brings as much replaces them', async () => {
  const app = await world.app(CLIENTS.web)
  const logIn = async (connectionScope?: string) =>
    await world.logIn({
      app,
      user: 'octocat',
      parameters: {
        connection: 'github',
        ...(connectionScope !== undefined && { connection_scope: connectionScope }),
      },
    })
  const exchange = async (refreshToken: string | undefined) =>
    await client.genericGrantRequest(app, EXCHANGE, {
      subject_token: refreshToken ?? '',
      subject_token_type: REFRESH_TOKEN,
      audience: 'github',
      scope: 'repo',
    })

  const wide = await logIn('repo')
  const first = await exchange(wide.refresh_token)
  const narrow = await logIn()
  const second = await exchange(narrow.refresh_token)
  const wideAgain = await logIn('repo')
  const third = await exchange(wideAgain.refresh_token)

  expect(first).toMatchObject({ generation: 1 })
  expect(second).toMatchObject({ generation: 1, account: first['account'] })
  expect(second.access_token).toBe(first.access_token)
  expect(third).toMatchObject({ generation: 2, account: first['account'] })
  expect(third.access_token).not.toBe(first.access_token)
  expect(narrow.claims()?.sub).toBe(wide.claims()?.sub)
})

test('R8: a client that has to ask shows what it gets at the provider, and the login is the consent to that', async () => {
  const app = await world.app(CLIENTS.asked)
  const parameters = { connection: 'github', connection_scope: 'repo' }
  const asked = await world.ask({ app, user: 'hubot', parameters })
  const browser = createBrowser()

  const page = await browser.follow(await browser.open(asked.url.href))
  expect(page.html).toContain('you also allow <bdi>Third party</bdi>')
  expect(page.html).toContain('aria-labelledby="at-github"')
  const login = await world.logIn({ app, user: 'hubot', parameters })

  const exchanged = await client.genericGrantRequest(app, EXCHANGE, {
    subject_token: login.refresh_token ?? '',
    subject_token_type: REFRESH_TOKEN,
    audience: 'github',
    scope: 'repo',
  })
  expect(exchanged).toMatchObject({ connection: 'github' })
})
