import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectedAccount } from '@valetkey/core'
import { type Emulator, startEmulator } from '@valetkey/emulator'
import { startVault, systemRuntime, type VaultConfig } from '@valetkey/vault'
import { connectAccount, type ConnectRequest } from './connect-account.ts'
import {
  connectionNames,
  type TestClient,
  testConnections,
  type TestKeyClient,
} from './test-connections.ts'

/** A person of the emulator's directory, known at the login system as `id`. */
export interface TestUser {
  readonly id: string
  /** A fresh token of the login system, on the user's behalf. */
  readonly accessToken: (options?: { readonly lifetimeSeconds?: number }) => Promise<string>
  /** Runs the whole connect flow as this user, in a browser of its own. */
  readonly connect: (request: ConnectRequest) => Promise<ConnectedAccount>
}

/** A real vault and a real emulator on loopback, gone after `close`. */
export interface TestVault {
  /** With the slash at the end. */
  readonly issuer: string
  readonly emulator: Emulator
  /** May have everything of `testConnections`. */
  readonly client: TestClient
  /** May have the same, and authenticates by its key. */
  readonly keyClient: TestKeyClient
  /** May have the same, of each user who allows it. */
  readonly guest: TestClient
  /**
   * May have the same, and logs users in: an app on loopback (any port) or at
   * `https://app.example.com`, with the routes of `@valetkey/next`.
   */
  readonly webApp: Omit<TestClient, 'redirectUri'>
  /** A user whom nobody has used yet. */
  readonly newUser: () => TestUser
  readonly close: () => Promise<void>
}

const userCount = 100
const webAppOrigins = ['http://localhost', 'http://127.0.0.1', 'https://app.example.com']
/** Where logins and connects return to. */
const webAppPaths = ['/api/valet-key/callback', '/api/valet-key/complete']

/** Options of {@link startTestVault}. */
export interface TestVaultOptions {
  /** Of an app that a real browser uses; for `client`, besides its own. Default: none. */
  readonly redirectUris?: readonly string[] | undefined
}

/** Starts emulator and vault, each by its published entry, with everything in a temporary folder. */
export async function startTestVault({
  redirectUris = [],
}: TestVaultOptions = {}): Promise<TestVault> {
  const emulator = await startEmulator({
    users: Array.from({ length: userCount }, (_, index) => ({
      id: `user-${index}`,
      name: `User ${index}`,
      email: `user-${index}@example.com`,
    })),
  })
  const folder = await mkdtemp(join(tmpdir(), 'valetkey-test-vault-'))
  const client = testClient('test-agent')
  const keyClient = testKeyClient('test-agent-with-key')
  const guest = testClient('guest-agent')
  const webApp = testClient('web-app')
  const trustedIssuer = emulator.trustedIssuer()
  const clientConnections = Object.fromEntries(
    connectionNames.map((name) => [name, { scopes: [...testConnections[name].allowed] }]),
  )
  const registered = (id: string, ...ownRedirectUris: readonly string[]) => ({
    id,
    redirectUris: ownRedirectUris,
    connections: clientConnections,
    subjects: [trustedIssuer.issuer],
  })
  const config: VaultConfig = {
    storage: { sqlite: join(folder, 'vault.db') },
    keys: { local: randomBytes(32) },
    connections: connectionNames.map((name) => {
      const { provider, scopes } = testConnections[name]
      const { clientId, clientSecret } = emulator.client(provider)
      return { name, provider: emulator.provider(provider), clientId, clientSecret, scopes }
    }),
    clients: [
      { ...registered(client.id, client.redirectUri, ...redirectUris), secret: client.secret },
      {
        ...registered(guest.id, guest.redirectUri),
        secret: guest.secret,
        consent: 'ask',
      },
      {
        ...registered(webApp.id, webApp.redirectUri),
        name: 'Web app',
        secret: webApp.secret,
        grants: ['authorization_code', 'refresh_token', 'token_exchange', 'auth0_token_exchange'],
        redirectUris: webAppOrigins.flatMap((origin) => webAppPaths.map((path) => origin + path)),
        postLogoutRedirectUris: webAppOrigins.map((origin) => `${origin}/`),
      },
      {
        ...registered(keyClient.id, keyClient.redirectUri),
        jwks: { keys: [keyClient.publicKey] },
      },
    ],
    trustedIssuers: [trustedIssuer],
    // Every test comes from one address.
    limits: { connectPagesPerMinute: 100_000, failedAuthenticationsPerMinute: 100_000 },
    development: { dangerouslyAllowLoopbackHttp: true },
  }
  const running = await startVault(config, {
    runtime: {
      ...systemRuntime,
      // The pauses before a provider is asked again are a twentieth of what they are in production.
      // Waits that a signal can end (a loop's, a stop's, a caller's patience) take their time.
      sleep: async (seconds, signal) => {
        await systemRuntime.sleep(signal === undefined ? seconds / 20 : seconds, signal)
      },
    },
  })

  let used = 0
  return {
    issuer: running.issuer,
    emulator,
    client,
    keyClient,
    guest,
    webApp,
    newUser: () => {
      if (used === userCount) throw new Error(`A test vault has ${userCount} users, all in use`)
      const id = `user-${used}`
      used += 1
      const accessToken: TestUser['accessToken'] = async (options) =>
        await emulator.issueLoginToken(id, options)
      return {
        id,
        accessToken,
        connect: async (request) =>
          await connectAccount(
            { ...request, issuer: running.issuer, client: request.client ?? client },
            { id, accessToken: await accessToken() },
          ),
      }
    },
    close: async () => {
      await running.close()
      await emulator.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function testClient(id: string): TestClient {
  return {
    id,
    secret: randomBytes(32).toString('base64url'),
    // Port 9 is "discard": the browser of the tests stops before it.
    redirectUri: `http://127.0.0.1:9/${id}/callback`,
  }
}

function testKeyClient(id: string): TestKeyClient {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const named = { alg: 'ES256', kid: `${id}-key` }
  return {
    id,
    privateKey: { ...pair.privateKey.export({ format: 'jwk' }), ...named },
    publicKey: { ...pair.publicKey.export({ format: 'jwk' }), ...named },
    redirectUri: `http://127.0.0.1:9/${id}/callback`,
  }
}
