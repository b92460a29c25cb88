import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { createBrowser } from '@valetkey-internal/testing/browser'
import { createValetKeyClient } from '@valetkey/core'
import { connectEmulator } from '@valetkey/emulator'

import { REDIRECT_URI } from './bare-provider.ts'
import { challengeOf, type LoggedIn, logInAtVault } from './log-in.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

/** What `valetkey dev --json` prints. */
export interface VaultSetup {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The client without a secret, whose refresh tokens rotate. */
  readonly publicClientId: string
}

/** A vault on SQLite in its own process, with one account of the demo user; the emulator is another process. */
export interface VaultUnderTest {
  readonly server: ServerProcess<VaultSetup>
  /** ES256 login tokens of the demo user, each with its own `jti`. */
  subjectTokens(count: number): Promise<readonly string[]>
  /** Logs the demo user in at the vault itself; of each client, so many refresh tokens. */
  logIn(tokens: number): Promise<LoggedIn>
  close(): Promise<void>
}

export interface VaultUnderTestOptions {
  /** For the vault's process. */
  readonly nodeFlags?: readonly string[] | undefined
}

export const CONNECTION = 'google-oauth2'
export const SCOPE = 'https://www.googleapis.com/auth/calendar.events'
const DAY_SECONDS = 86_400

export async function startVaultUnderTest({
  nodeFlags = [],
}: VaultUnderTestOptions = {}): Promise<VaultUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-bench-'))
  const emulatorProcess = await startServerProcess<{ url: string }>(
    [
      process.execPath,
      bin('@valetkey/emulator', 'emulator'),
      '--port',
      '0',
      '--json',
      '--consent',
      'automatic',
    ],
    {},
    { pin: false },
  )
  const emulator = connectEmulator(emulatorProcess.ready.url)
  const server = await startServerProcess<VaultSetup>([
    process.execPath,
    ...nodeFlags,
    bin('@valetkey/vault', 'valetkey'),
    'dev',
    '--json',
    '--port',
    '0',
    '--data',
    join(folder, 'data'),
    '--emulator',
    emulatorProcess.ready.url,
  ])

  const issueToken = async (): Promise<string> =>
    await emulator.issueLoginToken('demo', { lifetimeSeconds: DAY_SECONDS, algorithm: 'ES256' })
  await connectDemoUser(server.ready, await issueToken())

  return {
    server,
    subjectTokens: async (count) => {
      const tokens: string[] = []
      while (tokens.length < count) {
        const batch = Array.from({ length: Math.min(50, count - tokens.length) }, issueToken)
        tokens.push(...(await Promise.all(batch)))
      }
      return tokens
    },
    logIn: async (tokens) => {
      const { issuer, clientId, clientSecret, publicClientId } = server.ready
      return await logInAtVault(issuer, {
        clients: [{ id: clientId, secret: clientSecret }, { id: publicClientId }],
        tokens,
        connectionScope: SCOPE,
      })
    },
    close: async () => {
      await server.stop()
      await emulatorProcess.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** The program behind a package's command, as its package.json names it. */
function bin(packageName: string, command: string): string {
  const file = createRequire(import.meta.url).resolve(`${packageName}/package.json`)
  const { bin: bins } = createRequire(import.meta.url)(file) as { bin: Record<string, string> }
  return join(dirname(file), bins[command] ?? '')
}

async function connectDemoUser(vault: VaultSetup, accessToken: string): Promise<void> {
  const client = createValetKeyClient({
    issuer: vault.issuer,
    clientId: vault.clientId,
    clientSecret: vault.clientSecret,
    accessToken,
  })
  const accounts = client.connectedAccounts()
  const codeVerifier = randomBytes(32).toString('base64url')
  const attempt = await accounts.connect({
    connection: CONNECTION,
    scopes: [SCOPE],
    redirectUri: REDIRECT_URI,
    state: 'bench',
    codeChallenge: challengeOf(codeVerifier),
  })
  const browser = createBrowser({ stopAt: [REDIRECT_URI] })
  const returned = await browser.click(await browser.open(attempt.url), /continue|allow|connect/i)
  const connectCode = new URL(returned.url).searchParams.get('connect_code')
  if (connectCode === null) throw new Error(`connecting ended at ${returned.url}`)
  await accounts.complete({
    authSession: attempt.authSession,
    connectCode,
    redirectUri: REDIRECT_URI,
    codeVerifier,
  })
}
