// Every way to say on whose behalf and as whom, that the vault takes, through the published SDK.
import { generateKeyPairSync } from 'node:crypto'
import { startTestVault, type TestUser, type TestVault } from '@valetkey-internal/testing'
import { createValetKeyClient, fetchForConnection, type ValetKeyOptions } from '@valetkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const github = { connection: 'github', scopes: ['read:user'] }
const tokenType = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`

let vault: TestVault
let alice: TestUser
let agent: TestUser
beforeAll(async () => {
  vault = await startTestVault()
  alice = vault.newUser()
  agent = vault.newUser()
  await alice.connect({ connection: 'github', scopes: github.scopes })
})
afterAll(async () => await vault.close())

const aliceToken = async (): Promise<string> => await alice.accessToken()

/** Who authenticates how. */
const credentials = {
  'a secret': () => ({ clientId: vault.client.id, clientSecret: vault.client.secret }),
  private_key_jwt: () => {
    const { id, privateKey } = vault.keyClient
    return { clientId: id, privateKey: { key: privateKey, keyId: privateKey.kid } }
  },
}

/** Whose token the tool gets, by the provider's own word. */
async function ownerBy(options: ValetKeyOptions): Promise<unknown> {
  const tool = createValetKeyClient({
    issuer: vault.issuer,
    ...options,
  }).withTokenForConnection(github, async () => {
    const response = await fetchForConnection()(`${vault.emulator.url}/github/user`)
    const user: unknown = await response.json()
    return user instanceof Object ? Reflect.get(user, 'login') : undefined
  })
  return await tool()
}

describe.each(['rfc8693', 'auth0'] as const)('in the dialect %s', (dialect) => {
  describe.each(Object.entries(credentials))('a client with %s', (_, credential) => {
    test("gets its user's token for the JWT of a trusted issuer, whichever type it is sent as", async () => {
      const options = { ...credential(), dialect }

      const owners = [
        await ownerBy({ ...options, accessToken: aliceToken }),
        await ownerBy({
          ...options,
          subjectToken: async () => ({ token: await alice.accessToken(), type: tokenType('jwt') }),
        }),
      ]

      expect(owners).toEqual([alice.id, alice.id])
    })

    test('sends a user whose login has expired to log in, and nobody else', async () => {
      const expired = await alice.accessToken({ lifetimeSeconds: -600 })

      await expect(
        ownerBy({ ...credential(), dialect, accessToken: expired }),
      ).rejects.toMatchObject({ code: 'login_required', interrupt: { kind: 'login' } })
    })
  })

  test('RV-25: twenty assertions at once are twenty, none of them a replay', async () => {
    const options = { ...credentials['private_key_jwt'](), dialect, cache: 'off' } as const
    const accessToken = await alice.accessToken()

    const owners = await Promise.all(
      Array.from({ length: 20 }, () => ownerBy({ ...options, accessToken })),
    )

    expect(new Set(owners)).toEqual(new Set([alice.id]))
  })

  test('a key that the vault does not know is the mistake of a developer, not of the user', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256' }
    const options = { clientId: vault.keyClient.id, privateKey: { key }, dialect }

    await expect(ownerBy({ ...options, accessToken: aliceToken })).rejects.toMatchObject({
      code: 'client_misconfigured',
      status: 401,
    })
  })
})

test("RV-40: an agent with a token of a trusted issuer acts for the user; a broken one is the developer's to mend", async () => {
  const options = { ...credentials['private_key_jwt'](), accessToken: aliceToken }

  expect(await ownerBy({ ...options, actorToken: () => agent.accessToken() })).toBe(alice.id)
  await expect(ownerBy({ ...options, actorToken: 'no token' })).rejects.toMatchObject({
    code: 'client_misconfigured',
  })
})

test('a client with a key manages the accounts of its users', async () => {
  const client = createValetKeyClient({
    issuer: vault.issuer,
    ...credentials['private_key_jwt'](),
    accessToken: aliceToken,
  })

  const accounts = await client.connectedAccounts().listAccounts()

  expect(accounts.map(({ connection, label }) => [connection, label])).toEqual([
    ['github', alice.id],
  ])
})
