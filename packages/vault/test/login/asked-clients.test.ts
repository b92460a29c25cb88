import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { EXCHANGE } from '../front-door/vault-world.ts'
import { CLIENTS, type LoginWorld, startLoginWorld } from './login-world.ts'

let world: LoginWorld
beforeAll(async () => {
  world = await startLoginWorld({
    configure: (config) => ({
      ...config,
      clients: (config.clients ?? []).map((client) =>
        client.id === CLIENTS.asked
          ? { ...client, myAccountScopes: [...USUAL_SCOPES, ...APPROVAL_SCOPES] }
          : client,
      ),
    }),
  })
})
afterAll(() => world.close())

const APPROVAL_SCOPES = ['read:me:approvals', 'write:me:approvals'] as const
const USUAL_SCOPES = [
  'create:me:connected_accounts',
  'read:me:connected_accounts',
  'update:me:connected_accounts',
  'delete:me:connected_accounts',
  'read:me:consents',
  'delete:me:consents',
] as const

interface MyAccountToken {
  readonly userId: string
  readonly scopes: readonly string[]
  readonly approvals: (path?: string, body?: unknown) => ReturnType<LoginWorld['request']>
}

/** A login of the client that has to ask, and its token for the connected-accounts API. */
async function myAccountToken(
  user: string,
  parameters: Readonly<Record<string, string>>,
  by: 'refresh' | 'refresh_token' | 'id_token' = 'refresh',
): Promise<MyAccountToken> {
  const app = await world.app(CLIENTS.asked)
  const login = await world.logIn({ app, user, parameters })
  const audience = `${world.vault.issuer}me/`
  const { body } = await world.redeem(
    CLIENTS.asked,
    by === 'refresh'
      ? { grant_type: 'refresh_token', refresh_token: login.refresh_token ?? '', audience }
      : {
          grant_type: EXCHANGE,
          subject_token: String(login[by]),
          subject_token_type: `urn:ietf:params:oauth:token-type:${by}`,
          audience,
        },
  )
  const token = String(body.access_token)
  return {
    userId: login.claims()?.sub ?? '',
    scopes: String(decodeJwt(token)['scope']).split(' '),
    approvals: async (path = '', json) =>
      await world.request(`/me/v1/approvals${path}`, {
        method: json === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      }),
  }
}

test.for(['refresh', 'refresh_token', 'id_token'] as const)(
  'R8, T22: a client that has to ask gets from a login (%s) no right to answer in the user’s place',
  async (by) => {
    const token = await myAccountToken('alice', { scope: 'openid offline_access' }, by)

    expect(token.scopes).toEqual(USUAL_SCOPES)
    expect((await token.approvals()).status).toBe(403)
  },
)

test('R8: what the user allowed at the login, it gets', async () => {
  const token = await myAccountToken('bob', {
    scope: 'openid offline_access read:me:approvals',
    resource: `${world.vault.issuer}me/`,
  })

  expect(token.scopes).toEqual([...USUAL_SCOPES, 'read:me:approvals'])
  expect((await token.approvals()).status).toBe(200)
})
