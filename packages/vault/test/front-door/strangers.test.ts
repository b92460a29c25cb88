import { afterAll, beforeAll, expect, test } from 'vitest'

import { createBrowser } from '../connect/browser.ts'
import { APP, startVaultWorld, type VaultWorld } from './vault-world.ts'

let world: VaultWorld
beforeAll(async () => {
  world = await startVaultWorld()
})
afterAll(async () => {
  await world.close()
})

/** More than the limit, from the address that everybody has here, as behind a proxy that the vault was not told of. */
async function openManyBadLinks(path: string): Promise<void> {
  for (let i = 0; i < 130; i++) await fetch(new URL(path, world.vault.url))
}

test('strangers at the same address cannot keep anybody from connecting', async () => {
  await openManyBadLinks('/connect')
  await openManyBadLinks('/callback/google-oauth2?state=x&code=y')

  const connected = await world.connect('demo')

  expect(connected.status).toBe(201)
})

test('whoever opens too many bad links gets a page that says so', async () => {
  await openManyBadLinks('/connect?ticket=x')

  const response = await fetch(new URL('/connect?ticket=x', world.vault.url))

  expect(response.status).toBe(429)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('content-security-policy')).toContain("form-action 'self'")
  expect(await response.text()).toContain('Valid ones still work')
})

test('a link that was used is refused also amid many', async () => {
  await openManyBadLinks('/connect')
  const started = await world.me('demo', 'POST', '/connect', {
    connection: 'github',
    redirect_uri: APP,
    authorization_params: { login_hint: 'demo' },
  })
  const browser = createBrowser()
  const link = `${started.body.connect_uri}?ticket=${started.body.connect_params?.ticket}`
  const page = await browser.open(link)
  await browser.submit(page, 'deny')

  expect((await browser.open(link)).status).toBe(429)
})
