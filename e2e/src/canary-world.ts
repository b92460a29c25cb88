import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectInBrowser } from '@valetkey-internal/testing'
import { freePort } from '@valetkey-internal/testing/free-port'
import type { ConnectedAccount } from '@valetkey/core'
import { type Emulator, startEmulator } from '@valetkey/emulator'
import type { VaultConfig } from '@valetkey/vault'
import { type RunningProcess, runProcess, valetkeyProgram } from './run-process.ts'

/** Every token and code of the emulated providers holds these letters, so that none can be overlooked. */
export const MARKER = 'CaNaRyToKeNs'

/** A vault in a process of its own whose secrets are all known. */
export interface CanaryWorld {
  readonly issuer: string
  readonly emulator: Emulator
  readonly vault: RunningProcess
  readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string }
  /** What the process was given in its environment. */
  readonly environment: Readonly<Record<string, string>>
  /** A user of the emulator whom nobody has used yet. */
  readonly newUser: () => string
  /** The whole connect flow. The access token has to be refreshed before it is handed out. */
  readonly connect: (
    user: string,
    request?: { readonly connection?: string; readonly scopes?: readonly string[] },
  ) => Promise<ConnectedAccount>
  /** Every file that the vault keeps, by name, as it is now. */
  readonly files: () => ReadonlyMap<string, Uint8Array>
  readonly close: () => Promise<void>
}

export const WRITE_EVENTS = 'https://www.googleapis.com/auth/calendar.events'

const USERS = 60
/** Shorter than the 30 s that a token must still have to be handed out. */
const TOO_SHORT_SECONDS = 20

/** Starts emulator and vault. */
export async function startCanaryWorld(): Promise<CanaryWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-canary-'))
  const providers = ['google', 'github'] as const
  const secretOf = Object.fromEntries(
    providers.map((provider) => [provider, `provider-${randomBytes(24).toString('hex')}`]),
  )
  const emulator = await startEmulator({
    users: Array.from({ length: USERS }, (_, index) => ({
      id: `user-${index}`,
      name: `User ${index}`,
      email: `user-${index}@example.com`,
    })),
    clients: providers.map((provider) => ({
      provider,
      clientId: `vault-at-${provider}`,
      clientSecret: secretOf[provider] ?? '',
    })),
    runtime: {
      randomBytes: (length) => {
        const marker = Buffer.from(MARKER, 'base64url')
        return length < 24
          ? new Uint8Array(randomBytes(length))
          : new Uint8Array(Buffer.concat([marker, randomBytes(length - marker.length)]))
      },
    },
  })
  const client = {
    id: 'canary-agent',
    secret: `agent-${randomBytes(24).toString('hex')}`,
    redirectUri: 'http://127.0.0.1:9/canary/callback',
  }
  const environment = {
    ROOT_KEY: randomBytes(32).toString('base64url'),
    AGENT_SECRET: client.secret,
    GOOGLE_SECRET: secretOf['google'] ?? '',
    GITHUB_SECRET: secretOf['github'] ?? '',
    // Libraries that can be talkative are.
    DEBUG: '*',
  }
  const issuer = `http://127.0.0.1:${await freePort()}/`
  const connection = (name: string, provider: string, scopes: readonly string[]) => ({
    name,
    provider: emulator.provider(provider),
    clientId: `vault-at-${provider}`,
    clientSecret: `env:${provider.toUpperCase()}_SECRET`,
    scopes,
  })
  const config: VaultConfig = {
    issuer,
    storage: { sqlite: './vault.db' },
    keys: { local: 'env:ROOT_KEY' },
    connections: [
      connection('google-oauth2', 'google', ['openid', 'email']),
      connection('github', 'github', ['read:user']),
    ],
    clients: [
      {
        id: client.id,
        secret: 'env:AGENT_SECRET',
        redirectUris: [client.redirectUri],
        connections: {
          'google-oauth2': { scopes: ['openid', 'email', WRITE_EVENTS] },
          github: { scopes: ['read:user'] },
        },
        subjects: [emulator.trustedIssuer().issuer],
      },
    ],
    trustedIssuers: [emulator.trustedIssuer()],
    audit: { headFile: './heads.jsonl' },
    limits: {
      connectPagesPerMinute: 100_000,
      failedAuthenticationsPerMinute: 100_000,
      pendingConnectsPerUser: 1_000,
    },
    development: { dangerouslyAllowLoopbackHttp: true },
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  const { port } = new URL(issuer)
  const vault = runProcess(
    valetkeyProgram(),
    ['serve', '--config', 'config.json', '--port', port],
    { cwd: folder, environment },
  )
  await vault.wrote('stderr', 'listening on ')

  let used = 0
  return {
    issuer,
    emulator,
    vault,
    client,
    environment,
    newUser: () => {
      used += 1
      if (used > USERS) throw new Error(`This world has ${USERS} users, all in use`)
      return `user-${used - 1}`
    },
    connect: async (user, { connection: name = 'google-oauth2', scopes = [] } = {}) => {
      const provider = name === 'github' ? 'github' : 'google'
      emulator.decideConsent(provider, { decision: 'allow', user })
      emulator.configure('google', { accessTokenLifetimeSeconds: TOO_SHORT_SECONDS })
      try {
        return await connectInBrowser({
          issuer,
          client,
          accessToken: await emulator.issueLoginToken(user),
          connection: name,
          scopes: name === 'github' ? ['read:user'] : ['openid', 'email', ...scopes],
        })
      } finally {
        emulator.configure('google', { accessTokenLifetimeSeconds: 3_600 })
      }
    },
    files: () =>
      new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))])),
    close: async () => {
      vault.child.kill('SIGKILL')
      await vault.ended
      await emulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}
