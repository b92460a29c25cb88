// What a vault with logins, APIs and signers of its own takes as subject, through the published SDK.
import { connectThrough } from '@valetkey-internal/testing'
import { createValetKeyClient, type ValetKeyOptions } from '@valetkey/core'
import { calculateJwkThumbprint, decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  INVENTORY,
  ORDERS,
  REDIRECT_URI,
  startSubjectsWorld,
  type SubjectsWorld,
} from './src/subjects-world.ts'

const tokenType = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`
const google = { connection: 'google-oauth2', scopes: ['email'] }
const orders = { audience: ORDERS, scopes: ['orders:read'] }
/** A login for the API, whose access token is the API's to exchange. */
const forOrders = { audience: ORDERS, scope: 'openid email offline_access orders:read' }

let world: SubjectsWorld
beforeAll(async () => {
  world = await startSubjectsWorld()
})
afterAll(async () => await world.close())

/** Whose token of Google a client with these options gets, by Google's own word. */
async function ownerBy(options: ValetKeyOptions): Promise<string> {
  const { token } = await createValetKeyClient(options).getAccessTokenForConnection(google)
  return await world.ownerAtGoogle(token)
}

/** Connects the user's Google account by the standard dialect: Auth0's has no exchange for it. */
async function connectGoogle(options: ValetKeyOptions, user: string): Promise<void> {
  const client = createValetKeyClient({ ...options, dialect: 'rfc8693' })
  await connectThrough(client.connectedAccounts(), {
    ...google,
    redirectUri: REDIRECT_URI,
    loginHint: user,
  })
}

/** The request forms that a client sends to the token endpoint, and the global `fetch` for it. */
function recordForms(): {
  readonly forms: readonly URLSearchParams[]
  readonly proofs: readonly Readonly<Record<string, unknown>>[]
  readonly fetch: typeof globalThis.fetch
} {
  const forms: URLSearchParams[] = []
  const proofs: Readonly<Record<string, unknown>>[] = []
  return {
    forms,
    proofs,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      forms.push(new URLSearchParams(await request.clone().text()))
      const proof = request.headers.get('dpop')
      if (proof !== null) proofs.push(decodeJwt(proof))
      return await fetch(request)
    },
  }
}

describe.each(['rfc8693', 'auth0'] as const)('in the dialect %s', (dialect) => {
  test('RV-33: the refresh token of a login is good for its user, and for the app that has it', async () => {
    const user = world.newUser()
    const { refresh_token: refreshToken } = await world.logIn(user)

    const owner = await ownerBy({ ...world.app, dialect, refreshToken: () => refreshToken })

    expect(owner).toBe(`${user}@example.com`)
    await expect(ownerBy({ ...world.service, dialect, refreshToken })).rejects.toMatchObject({
      code: 'login_required',
      interrupt: { kind: 'login' },
    })
  })

  test('RV-34: an access token for an API is good for the client that is this API, and for no other', async () => {
    const user = world.newUser()
    const { access_token: accessToken } = await world.logIn(user, forOrders)

    const owner = await ownerBy({ ...world.service, dialect, accessToken })

    expect(owner).toBe(`${user}@example.com`)
    await expect(ownerBy({ ...world.app, dialect, accessToken })).rejects.toMatchObject({
      code: 'login_required',
    })
  })

  test('RV-36: an ID token is good for the app that it was made for, and for no other', async () => {
    const user = world.newUser()
    const { id_token: token } = await world.logIn(user)
    const subjectToken = { token, type: tokenType('id_token') }

    const owner = await ownerBy({ ...world.app, dialect, subjectToken })

    expect(owner).toBe(`${user}@example.com`)
    await expect(ownerBy({ ...world.service, dialect, subjectToken })).rejects.toMatchObject({
      code: 'login_required',
    })
  })

  test("a trusted issuer's token is good beside them", async () => {
    const user = world.newUser()
    const options = { ...world.app, dialect, accessToken: () => world.trustedToken(user) }
    await connectGoogle(options, user)

    expect(await ownerBy(options)).toBe(`${user}@example.com`)
  })

  test('R2: a client that may name its users connects for one and has the token, for nobody else', async () => {
    const user = world.newUser()
    const signedSubject = { subject: `own-${user}`, auditContext: 'reads the calendar' }
    const options = { ...world.signer, dialect, signedSubject } as const
    await expect(ownerBy(options)).rejects.toMatchObject({ code: 'not_connected' })
    await connectGoogle(options, user)

    expect(await ownerBy(options)).toBe(`${user}@example.com`)
    const another = { ...signedSubject, subject: `own-${world.newUser()}` }
    await expect(ownerBy({ ...options, signedSubject: another })).rejects.toMatchObject({
      code: 'not_connected',
    })
    await expect(createValetKeyClient(options).exchangeForApi(orders)).rejects.toMatchObject({
      code: 'policy_denied',
    })
  })

  test('R2: twenty signed subjects at once are twenty, none of them a replay', async () => {
    const user = world.newUser()
    const signedSubject = { subject: `own-${user}`, auditContext: 'reads the calendar' }
    const options = { ...world.signer, dialect, signedSubject, cache: 'off' } as const
    await connectGoogle(options, user)

    const owners = await Promise.all(Array.from({ length: 20 }, () => ownerBy(options)))

    expect(new Set(owners)).toEqual(new Set([`${user}@example.com`]))
  })

  test('RV-33: a login gives tokens for an API, of which twenty at once are one request', async () => {
    const { refresh_token: refreshToken, id_token: idToken } = await world.logIn(world.newUser())
    const { forms, fetch } = recordForms()
    const client = createValetKeyClient({ ...world.app, dialect, refreshToken, fetch })

    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => client.exchangeForApi(orders)),
    )

    const [first] = tokens
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1)
    expect(forms).toHaveLength(1)
    expect(first).toMatchObject({ tokenType: 'Bearer', scopes: ['orders:read'] })
    expect(await world.readAs(ORDERS, first?.token ?? '')).toMatchObject({
      sub: decodeJwt(idToken).sub,
      scope: 'orders:read',
      exp: expect.any(Number) as unknown,
      act: { sub: 'app' },
    })
  })

  test('RV-33: when a login has ended, nothing that came from it is good, and the user is to log in', async () => {
    const { refresh_token: refreshToken } = await world.logIn(world.newUser())
    const app = { ...world.app, dialect, refreshToken, cache: 'off' } as const
    const { token: accessToken } = await createValetKeyClient(app).exchangeForApi(orders)
    const service = { ...world.service, dialect, accessToken, cache: 'off' } as const
    expect(await ownerBy(service)).toBe(await ownerBy(app))

    await world.endLogin(refreshToken)

    const ended = { code: 'login_required', interrupt: { kind: 'login' } }
    await expect(ownerBy(app)).rejects.toMatchObject(ended)
    await expect(ownerBy(service)).rejects.toMatchObject(ended)
    await expect(createValetKeyClient(app).exchangeForApi(orders)).rejects.toMatchObject(ended)
  })

  test('RV-41: the token for an API names the agent that acts, and in the next one the service before it', async () => {
    const agent = world.newUser()
    const { refresh_token: refreshToken, id_token: idToken } = await world.logIn(world.newUser())
    const client = createValetKeyClient({ ...world.app, dialect, refreshToken })
    const { sub } = decodeJwt(idToken)

    const { token: accessToken } = await client.exchangeForApi({
      ...orders,
      actorToken: () => world.trustedToken(agent),
    })
    const next = await createValetKeyClient({ ...world.service, dialect }).exchangeForApi({
      ...orders,
      accessToken,
      audience: INVENTORY,
    })

    const actor = { iss: world.trustedIssuer, sub: agent }
    expect(await world.readAs(ORDERS, accessToken)).toMatchObject({ sub, act: actor })
    expect(await world.readAs(INVENTORY, next.token)).toMatchObject({
      sub,
      act: { sub: 'orders-service', act: actor },
    })
    await expect(
      client.exchangeForApi({ ...orders, actorToken: 'no token' }),
    ).rejects.toMatchObject({ code: 'client_misconfigured' })
  })

  test('RV-95: with a key, the token for an API is bound to it, after one more request for the nonce', async () => {
    const { refresh_token: refreshToken } = await world.logIn(world.newUser())
    const { proofs, fetch } = recordForms()
    const options = { ...world.app, dialect, refreshToken, fetch, dpop: 'generate' } as const
    const client = createValetKeyClient(options)

    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => client.exchangeForApi(orders)),
    )
    await client.exchangeForApi({ audience: ORDERS })

    const [first] = tokens
    const pair = await client.dpopKeyPair()
    if (pair === undefined) throw new Error('no key')
    const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey)
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1)
    expect(first?.tokenType).toBe('DPoP')
    expect(await world.readAs(ORDERS, first?.token ?? '')).toMatchObject({
      cnf: { jkt: await calculateJwkThumbprint(jwk) },
    })
    // The first had none, the second and the third the one that the vault gave.
    expect(proofs.map(({ nonce }) => typeof nonce)).toEqual(['undefined', 'string', 'string'])
    expect(await ownerBy(options)).toMatch(/@example\.com$/)
  })

  test('RV-95: a bound token is good for the API that shows the key, and for nobody without it', async () => {
    const user = world.newUser()
    const { refresh_token: refreshToken } = await world.logIn(user)
    const client = createValetKeyClient({ ...world.app, dialect, refreshToken, dpop: 'generate' })
    const { token: accessToken } = await client.exchangeForApi(orders)
    const dpop = await client.dpopKeyPair()
    const service = { ...world.service, dialect, accessToken }

    expect(await ownerBy({ ...service, dpop })).toBe(`${user}@example.com`)
    for (const options of [service, { ...service, dpop: 'generate' as const }]) {
      await expect(ownerBy(options)).rejects.toMatchObject({ code: 'client_misconfigured' })
    }
  })

  test('R2, RV-95: what is signed for a user is signed anew for the nonce, and the accounts are there by the key', async () => {
    const user = world.newUser()
    const { forms, fetch } = recordForms()
    const signedSubject = { subject: `own-${user}`, auditContext: 'reads the calendar' }
    const dpop = await createValetKeyClient({ dpop: 'generate' }).dpopKeyPair()
    const options = { ...world.signer, dialect, signedSubject, fetch, dpop } as const
    await connectGoogle(options, user)

    expect(await ownerBy(options)).toBe(`${user}@example.com`)
    const jtis = forms
      .map((form) => form.get('subject_token'))
      .filter((token) => token !== null)
      .map((token) => decodeJwt(token).jti)
    expect(jtis.length).toBeGreaterThan(2)
    expect(new Set(jtis).size).toBe(jtis.length)
  })
})

test('what Auth0 asks of privileged workers is asked here too, before anything is sent', async () => {
  const { forms, fetch } = recordForms()

  await expect(
    ownerBy({ ...world.signer, dialect: 'auth0', signedSubject: 'someone', fetch }),
  ).rejects.toMatchObject({ code: 'client_misconfigured' })

  expect(forms).toHaveLength(0)
})
