import { cookiesOf } from '@valetkey/core/adapter'
import { createBrowser, startTestVault, type TestVault } from '@valetkey-internal/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromChunks } from '../src/chunks.ts'
import { createSealer } from '../src/sealer.ts'
import { agree } from './agree.ts'
import { cookieSecret, createScene, formOf, origin, type Scene } from './scene.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await startTestVault()
})
afterAll(async () => {
  await vault.close()
})

/** The vault speaks Auth0's dialect to a client that is given a domain. */
function aScene(): Scene {
  return createScene(vault, { issuer: undefined, domain: vault.issuer })
}

async function storedRefreshToken({ jar }: Scene): Promise<unknown> {
  const request = new Request(origin, { headers: { cookie: jar.header() } })
  const sealed = fromChunks('__Host-vk-session', cookiesOf(request)) ?? ''
  const claims = await createSealer('session', () => [cookieSecret]).open(sealed, 0)
  return claims?.['refreshToken']
}

const tokenGrants = ({ sent }: Scene): readonly (string | null)[] =>
  sent.flatMap(({ path, form }) => (path === '/oauth/token' ? [form.get('grant_type')] : []))

describe('with an Auth0 tenant instead of a vault', () => {
  test('a user logs in, and the exchange is of Auth0’s kind', async () => {
    const scene = aScene()
    await scene.logIn('user-1')
    const refreshToken = String(await storedRefreshToken(scene))

    const { token } = await scene.valetKey.getAccessTokenForConnection({
      connection: 'google-oauth2',
      refreshToken,
    })

    expect(token).toMatch(/./)
    expect(tokenGrants(scene)).toEqual([
      'authorization_code',
      'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
    ])
  })

  test('connecting and listing redeem the refresh token for the My Account API, in a route', async () => {
    const scene = aScene()
    await scene.logIn('user-2')

    const started = await scene.visit('connect?connection=github&returnTo=/back&login_hint=user-2')
    const browser = createBrowser({ stopAt: [`${origin}/`] })
    const page = await browser.open(started.headers.get('location') ?? '')
    const returned = new URL((await agree(browser, page, origin)).url)
    const completed = await scene.visit(`complete${returned.search}`)
    expect(completed.headers.get('location')).toBe('/back')

    expect(await (await scene.visit('accounts')).json()).toMatchObject({
      accounts: expect.arrayContaining([expect.objectContaining({ connection: 'github' })]),
    })
    const redeemed = scene.sent.filter(({ form }) => form.get('grant_type') === 'refresh_token')
    expect(redeemed).toHaveLength(3)
    for (const { form } of redeemed) {
      expect(form.get('audience')).toBe(`${vault.issuer}me/`)
      expect(form.get('scope')).toBe(
        'create:me:connected_accounts read:me:connected_accounts delete:me:connected_accounts',
      )
    }
  })

  test('S13: a refresh token that was rotated meanwhile is kept', async () => {
    const successors: string[] = []
    const scene = createScene(vault, {
      issuer: undefined,
      domain: vault.issuer,
      fetch: async (input, init) => {
        const answer = await fetch(input, init)
        const [successor] = successors
        if (successor === undefined || formOf(init).get('grant_type') !== 'refresh_token') {
          return answer
        }
        const body: unknown = await answer.json()
        return Response.json({ ...Object(body), refresh_token: successor })
      },
    })
    await scene.logIn('user-3')
    const before = await storedRefreshToken(scene)
    successors.push('the-successor')

    const answer = await scene.visit('accounts')

    expect(answer.status).toBe(200)
    expect(before).not.toBe('the-successor')
    expect(await storedRefreshToken(scene)).toBe('the-successor')
  })

  test('logging out tells the tenant which session of the browser', async () => {
    const scene = aScene()
    await scene.logIn('user-4')

    const url = new URL((await scene.post('logout')).headers.get('location') ?? '')

    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${origin}/`)
    expect(url.searchParams.get('logout_hint')).toMatch(/^[\w-]{20,}$/)
  })
})

describe('with a vault', () => {
  test('nextjs-auth0 #2461, S13: connecting needs no refresh token grant: the refresh token is exchanged, never redeemed', async () => {
    const scene = createScene(vault)
    await scene.logIn('user-5')
    const refreshToken = String(await storedRefreshToken(scene))

    await scene.visit('connect?connection=github&returnTo=/back')
    await scene.visit('accounts')
    await scene.valetKey.getAccessTokenForConnection({ connection: 'google-oauth2', refreshToken })

    expect(new Set(tokenGrants(scene))).toEqual(
      new Set(['authorization_code', 'urn:ietf:params:oauth:grant-type:token-exchange']),
    )
    expect(await storedRefreshToken(scene)).toBe(refreshToken)
  })
})
