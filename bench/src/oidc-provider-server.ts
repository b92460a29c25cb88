// What a login is compared with: oidc-provider by itself, everything in memory, set up for the same requests.
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'

import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider'

import { type BareProvider, bareClients, REDIRECT_URI } from './bare-provider.ts'

const USER = 'user'
const DAY_SECONDS = 86_400
const COOKIE_KEY = 'of this process alone'

const { confidential, public: publicClient } = bareClients

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  void start()
})
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})

async function start(): Promise<void> {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const url = `http://127.0.0.1:${address.port}/`
  const provider = createProvider(url)
  const handle = provider.callback()
  server.on('request', (request, response) => void handle(request, response))

  const count = Number(process.argv[2])
  const ready: BareProvider = {
    url,
    cookies: await seedSession(provider),
    kept: await seedRefreshTokens(provider, confidential.id, count),
    rotated: await seedRefreshTokens(provider, publicClient.id, count),
  }
  console.log(JSON.stringify(ready))
}

function createProvider(url: string): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const shared = {
    redirect_uris: [REDIRECT_URI],
    response_types: ['code' as const],
    grant_types: ['authorization_code', 'refresh_token'],
  }
  return new Provider(url, {
    adapter: memoryAdapter,
    clients: [
      {
        ...shared,
        client_id: confidential.id,
        client_secret: confidential.secret,
        token_endpoint_auth_method: 'client_secret_basic',
      },
      { ...shared, client_id: publicClient.id, token_endpoint_auth_method: 'none' },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kty: 'RSA', use: 'sig' }] },
    cookies: { keys: [COOKIE_KEY] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, { uid }) => `/login/${uid}` },
    pkce: { required: () => true },
    findAccount: async (_ctx, accountId) => ({
      accountId,
      claims: async () => ({ sub: accountId }),
    }),
    rotateRefreshToken: (ctx) => ctx.oidc.client?.clientId === publicClient.id,
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: DAY_SECONDS,
      IdToken: 3_600,
      Interaction: 1_800,
      RefreshToken: DAY_SECONDS,
      Session: DAY_SECONDS,
    },
  })
}

async function seedGrant(provider: Provider, clientId: string): Promise<string> {
  const grant = new provider.Grant({ accountId: USER, clientId })
  grant.addOIDCScope('openid offline_access')
  return await grant.save()
}

/** A session that has the grant already; resolves to the `Cookie` header that leads to it. */
async function seedSession(provider: Provider): Promise<string> {
  const grantId = await seedGrant(provider, confidential.id)
  const session = Object.assign(new provider.Session(), {
    accountId: USER,
    loginTs: Math.floor(Date.now() / 1000),
    authorizations: { [confidential.id]: { sid: 'bench', grantId } },
  })
  const cookie = `_session=${await session.save(DAY_SECONDS)}`
  const signature = createHmac('sha1', COOKIE_KEY).update(cookie).digest('base64url')
  return `${cookie}; _session.sig=${signature}`
}

async function seedRefreshTokens(
  provider: Provider,
  clientId: string,
  count: number,
): Promise<readonly string[]> {
  const client = await provider.Client.find(clientId)
  if (client === undefined) throw new Error(`no client ${clientId}`)
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const token = new provider.RefreshToken({
        client,
        accountId: USER,
        grantId: await seedGrant(provider, clientId),
        scope: 'openid offline_access',
        gty: 'authorization_code',
        authTime: Math.floor(Date.now() / 1000),
      })
      return await token.save()
    }),
  )
}

/** oidc-provider's own forgets all but the last thousand. */
function memoryAdapter(): Adapter {
  const records = new Map<string, AdapterPayload>()
  const byUid = (uid: string): AdapterPayload | undefined =>
    [...records.values()].find((payload) => payload.uid === uid)
  return {
    upsert: async (id, payload) => {
      records.set(id, payload)
    },
    find: async (id) => records.get(id),
    findByUid: async (uid) => byUid(uid),
    findByUserCode: async () => undefined,
    consume: async (id) => {
      const payload = records.get(id)
      if (payload !== undefined) payload['consumed'] = Math.floor(Date.now() / 1000)
    },
    destroy: async (id) => {
      records.delete(id)
    },
    revokeByGrantId: async (grantId) => {
      for (const [id, payload] of records) if (payload.grantId === grantId) records.delete(id)
    },
  }
}
