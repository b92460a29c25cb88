import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectedAccount, createValetKeyClient } from '@valetkey/core'
import { type Emulator, startEmulator } from '@valetkey/emulator'
import { type StartedVault, startVault, systemRuntime } from '@valetkey/vault'
import { type BrowserApp, startBrowserApp } from './browser-app.ts'

/** Vault, providers and an app, each an origin of its own, for a browser to go between. */
export interface BrowserWorld {
  readonly vault: StartedVault
  readonly emulator: Emulator
  readonly app: BrowserApp
  /** Lets time pass for the vault alone: links expire. */
  readonly advance: (seconds: number) => void
  readonly accountsOf: (user: string) => Promise<readonly ConnectedAccount[]>
  /** Where the app sends a browser that wants to connect a calendar, or GitHub. */
  readonly connectLinks: { readonly calendar: string; readonly github: string }
  readonly close: () => Promise<void>
}

/** Read and write at a calendar, and one scope that is as long as they come. */
export const CALENDAR_SCOPES = [
  'https://www.googleapis.com/auth/calendar.events',
  'https://www.googleapis.com/auth/calendar.acls.readonly',
] as const

/** Name of the app, as its vault shows it to people. */
export const APP_NAME = 'Aurora Assistant'

/** Starts everything. `consent: 'page'` makes the providers ask; otherwise they agree by themselves. */
export async function startBrowserWorld(consent: 'automatic' | 'page'): Promise<BrowserWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-browser-'))
  const emulator = await startEmulator({ consent })
  const client = { id: 'aurora', secret: randomBytes(32).toString('base64url') }
  // The app wants to know the vault, and the vault the app's redirect URI: the app can wait.
  const known: { issuer: string } = { issuer: '' }
  const app = await startBrowserApp({
    issuer: () => known.issuer,
    client,
    loginToken: (user) => emulator.issueLoginToken(user),
  })
  const trustedIssuer = emulator.trustedIssuer()
  let ahead = 0
  const vault = await startVault(
    {
      storage: { sqlite: join(folder, 'vault.db') },
      keys: { local: randomBytes(32) },
      connections: [
        { name: 'google-oauth2', provider: 'google', scopes: ['openid', 'email'] },
        { name: 'github', provider: 'github', scopes: ['read:user'] },
      ].map(({ name, provider, scopes }) => ({
        name,
        provider: emulator.provider(provider),
        clientId: emulator.client(provider).clientId,
        clientSecret: emulator.client(provider).clientSecret,
        scopes,
      })),
      clients: [
        {
          ...client,
          name: APP_NAME,
          redirectUris: [app.redirectUri],
          connections: {
            'google-oauth2': { scopes: ['openid', 'email', ...CALENDAR_SCOPES] },
            github: { scopes: ['read:user', 'repo'] },
          },
          subjects: [trustedIssuer.issuer],
        },
      ],
      trustedIssuers: [trustedIssuer],
      limits: { connectPagesPerMinute: 100_000, pendingConnectsPerUser: 100_000 },
      development: { dangerouslyAllowLoopbackHttp: true },
    },
    { runtime: { ...systemRuntime, now: () => systemRuntime.now() + ahead } },
  )
  known.issuer = vault.issuer

  return {
    vault,
    emulator,
    app,
    advance: (seconds) => {
      ahead += seconds
    },
    connectLinks: {
      calendar: `${app.origin}/connect?${new URLSearchParams([
        ['connection', 'google-oauth2'],
        ...CALENDAR_SCOPES.map((scope) => ['scopes', scope]),
      ])}`,
      github: `${app.origin}/connect?connection=github&scopes=repo`,
    },
    accountsOf: async (user) =>
      await createValetKeyClient({
        issuer: vault.issuer,
        clientId: client.id,
        clientSecret: client.secret,
        accessToken: await emulator.issueLoginToken(user),
      })
        .connectedAccounts()
        .listAccounts(),
    close: async () => {
      await app.close()
      await vault.close()
      await emulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}
