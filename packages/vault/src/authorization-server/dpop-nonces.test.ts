import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { Provider } from 'oidc-provider'
import { expect, test, vi } from 'vitest'

import { aKeyRing } from '../crypto/keys.fixture.ts'
import { aProof } from './dpop-proof.fixture.ts'
import { createDpopNonces, dpopNonceSecret } from './dpop-nonces.ts'

const SECRET = randomBytes(32)

test('RV-95: a nonce is current for three to four minutes, and no other text ever is', () => {
  let now = 1_800_000_000
  const nonces = createDpopNonces({ secret: SECRET, runtime: { now: () => now } })
  const nonce = nonces.next()

  expect(nonces.isCurrent(nonce)).toBe(true)
  now += 3 * 60
  expect(nonces.isCurrent(nonce)).toBe(true)
  expect(nonces.next()).not.toBe(nonce)
  now += 60
  expect(nonces.isCurrent(nonce)).toBe(false)
  for (const text of ['', nonce.slice(1), `${nonces.next()}x`, 'é'.repeat(43)]) {
    expect(nonces.isCurrent(text)).toBe(false)
  }
})

test('processes with the same secret know each other’s nonces, others do not', () => {
  const runtime = { now: () => 1_800_000_000 }
  const nonce = createDpopNonces({ secret: SECRET, runtime }).next()

  expect(createDpopNonces({ secret: SECRET, runtime }).isCurrent(nonce)).toBe(true)
  expect(createDpopNonces({ secret: randomBytes(32), runtime }).isCurrent(nonce)).toBe(false)
})

test('the secret is the same for each process of a tenant, and of the size oidc-provider wants', async () => {
  const first = aKeyRing()
  const secret = await dpopNonceSecret(first.keyRing.purpose('dpop-nonce'))
  const second = aKeyRing({ keyService: first.keyService, keyVersions: first.keyVersions })

  expect(Buffer.isBuffer(secret)).toBe(true)
  expect(secret).toHaveLength(32)
  expect(await dpopNonceSecret(second.keyRing.purpose('dpop-nonce'))).toEqual(secret)
  expect(await dpopNonceSecret(first.keyRing.purpose('cookie'))).not.toEqual(secret)
  expect(() => createDpopNonces({ secret: secret.subarray(1), runtime: { now: () => 0 } })).toThrow(
    TypeError,
  )
})

test('RV-95: oidc-provider takes our nonces, and we take its', async () => {
  const server = await startProvider()
  try {
    const runtime = { now: () => Math.floor(Date.now() / 1000) }
    const nonces = createDpopNonces({ secret: SECRET, runtime })
    const at = runtime.now()

    const challenge = await server.token(aProof({ url: server.url, at }))
    const theirs = challenge.headers.get('dpop-nonce') ?? ''
    const withOurs = await server.token(aProof({ url: server.url, at, nonce: nonces.next() }))
    const withNone = await server.token(aProof({ url: server.url, at, nonce: 'made-up' }))

    expect(challenge.status).toBe(400)
    expect(await challenge.json()).toMatchObject({ error: 'use_dpop_nonce' })
    expect(nonces.isCurrent(theirs)).toBe(true)
    expect(withOurs.status).toBe(200)
    expect(await withOurs.json()).toMatchObject({ token_type: 'DPoP' })
    expect(withNone.status).toBe(400)
  } finally {
    await server.close()
  }
})

/** oidc-provider on loopback, with a client that needs nobody. */
async function startProvider() {
  let serve: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
  const server = createServer((request, response) => {
    serve(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const client = { client_id: 'machine', client_secret: 'a secret of this test only' }
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const provider = new Provider(issuer, {
    clients: [
      {
        ...client,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    ttl: { ClientCredentials: 60 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: SECRET, requireNonce: () => true },
    },
  })
  warn.mockRestore()
  const handle = provider.callback()
  serve = (request, response) => void handle(request, response)
  const url = `${issuer}/token`
  return {
    url,
    token: (dpop: string) =>
      fetch(url, {
        method: 'POST',
        headers: { dpop },
        body: new URLSearchParams({ grant_type: 'client_credentials', ...client }),
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(resolve)
      }),
  }
}
