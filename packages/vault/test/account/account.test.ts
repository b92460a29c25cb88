import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { CLIENTS, LOGGED_OUT, SECRET } from '../login/login-world.ts'
import { IDP, startAccountWorld, type AccountWorld } from './account-world.ts'

let world: AccountWorld
beforeAll(async () => {
  world = await startAccountWorld()
})
afterAll(() => world.close())

const google = (user: string) => world.person({ user, connection: 'google-oauth2' })

describe('the account page', () => {
  test('asks for a login, and shows who is logged in, by what, and where', async () => {
    const alice = google('alice')

    const page = await alice.open('/account')

    expect(page.status).toBe(200)
    expect(new URL(page.url).pathname).toBe('/account')
    expect(page.html).toContain('<bdi>Alice Archer (alice@example.com)</bdi>')
    expect(page.html).toContain('This browser')
    expect(page.html).toMatch(/<ul class="rows" aria-labelledby="identities"><li>.*Google/)
  })
})
