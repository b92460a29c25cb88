import { startTestVault, testScopes, type TestVault } from '@valetkey-internal/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agree, type AppWorld, startApp } from './app-world.ts'

let vault: TestVault
let app: AppWorld
beforeAll(async () => {
  vault = await startTestVault()
  app = await startApp(vault)
})
afterAll(async () => {
  await app.close()
  await vault.close()
})

test('a user logs in at the vault, connects, disconnects and logs out', async () => {
  const { id } = vault.newUser()
  const browser = await app.logIn(id)
  const call = async (name: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(app.route(name), {
      headers: {
        cookie: browser.cookies(app.origin),
        origin: app.origin,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }

  expect(await call('session')).toMatchObject({
    status: 200,
    body: { user: { id: expect.stringMatching(/./), email: `${id}@example.com` } },
  })

  const link = { connection: 'github', scopes: 'repo', returnTo: '/back?x=1', login_hint: id }
  const end = await agree(browser, await browser.open(app.route('connect', link)), app.origin)
  expect(end).toMatchObject({ status: 200, url: `${app.origin}/back?x=1` })

  const listed = await call('accounts')
  expect(listed).toMatchObject({ status: 200 })
  console.log(JSON.stringify(listed))
  void testScopes
})
