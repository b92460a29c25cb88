import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectInBrowser, type TestClient } from '@valetkey-internal/testing'
import { type Emulator, startEmulator } from '@valetkey/emulator'
import { customOAuth2, type RefreshTokenRotation } from '@valetkey/providers'
import {
  type AuditVerification,
  type CrashPoint,
  type Runtime,
  type StartedVault,
  startVault,
  systemRuntime,
  type VaultConfig,
  verifyAudit,
} from '@valetkey/vault'
import * as z from 'zod'
import { type RunningProcess, runProcess, valetkeyProgram } from './run-process.ts'

/** Users of the emulator who have connected an account. */
export type Person = 'alice' | 'bob'

/** What the token endpoint answers, as far as it matters here. */
export interface ExchangeAnswer {
  readonly status: number
  readonly retryAfterSeconds: number | undefined
  readonly accessToken: string | undefined
  /** Which vault_error, where there is one. */
  readonly vaultError: string | undefined
  readonly reason: string | undefined
}

const AnswerBody = z.object({
  access_token: z.string().optional(),
  vault_error: z.string().optional(),
  reason: z.string().optional(),
})

/** A vault in a process of its own. */
export interface VaultProcess {
  readonly issuer: string
  readonly process: RunningProcess
}

/** One database, one provider, and vault processes that come and go. */
export interface CrashWorld extends AsyncDisposable {
  readonly emulator: Emulator
  readonly folder: string
  readonly config: VaultConfig
  readonly environment: Readonly<Record<string, string>>
  /** Time passes for vaults, in this process or to come, and for the provider. */
  readonly advance: (seconds: number) => void
  /** A vault in this process; it neither sleeps nor keeps anybody waiting. */
  readonly start: () => Promise<StartedVault>
  /** A vault in a process of its own that dies at `point` of its first refresh. */
  readonly startDoomed: (point: CrashPoint) => Promise<VaultProcess>
  /** The published command, as an operator runs it. It keeps real time. */
  readonly serve: () => Promise<VaultProcess>
  /** Connects an account whose first access token lives too shortly to be handed out; those of refreshes last an hour. */
  readonly connect: (issuer: string, person: Person) => Promise<void>
  readonly exchange: (
    issuer: string,
    person: Person,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<ExchangeAnswer>
  /** The audit log as it lies in the file, held against the heads that were published outside of it. */
  readonly verifyAudit: () => Promise<AuditVerification>
  /** Stops the vaults of this process. */
  readonly stop: () => Promise<void>
}

/** Id of the one provider, and name of its connection. */
export const PROVIDER = 'crash-provider'

/** Life of the access tokens that refreshing brings. */
export const TOKEN_SECONDS = 3_600

/** Less than the 30 s that a token must still have to be handed out: the first exchange refreshes. */
const TOO_SHORT_SECONDS = 20

const CLIENT: TestClient = {
  id: 'my-agent',
  secret: randomBytes(32).toString('base64url'),
  redirectUri: 'http://127.0.0.1:9/callback',
}
const CRASHING_VAULT = fileURLToPath(new URL('./crashing-vault.ts', import.meta.url))

/** Starts the provider; no vault yet. */
export async function startCrashWorld(rotation: RefreshTokenRotation): Promise<CrashWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-crash-'))
  const emulator = await startEmulator({
    providers: [
      customOAuth2({
        id: PROVIDER,
        authorizationEndpoint: 'https://login.example.com/authorize',
        tokenEndpoint: 'https://login.example.com/token',
        identity: {
          source: 'userinfo',
          endpoint: 'https://api.example.com/me',
          idField: 'id',
          labelFields: ['email'],
        },
        apiOrigins: ['https://api.example.com'],
        accessToken: { expiry: 'always', lifetimeSeconds: TOKEN_SECONDS },
        refreshToken: { issued: 'default', ...rotation },
      }),
    ],
    // Logins keep real time, and vaults here run ahead of it.
    loginToken: { lifetimeSeconds: 1_000_000 },
  })
  const trustedIssuer = emulator.trustedIssuer()
  const headFile = join(folder, 'heads.jsonl')
  const environment = { ROOT_KEY: randomBytes(32).toString('base64url') }
  const config: VaultConfig = {
    storage: { sqlite: join(folder, 'vault.db') },
    keys: { local: 'env:ROOT_KEY' },
    connections: [
      {
        name: PROVIDER,
        provider: emulator.provider(PROVIDER),
        clientId: emulator.client(PROVIDER).clientId,
        clientSecret: emulator.client(PROVIDER).clientSecret,
        scopes: ['read'],
      },
    ],
    clients: [
      {
        id: CLIENT.id,
        secret: CLIENT.secret,
        redirectUris: [CLIENT.redirectUri],
        connections: { [PROVIDER]: { scopes: ['read'] } },
        subjects: [trustedIssuer.issuer],
      },
    ],
    trustedIssuers: [trustedIssuer],
    audit: { headFile },
    development: { dangerouslyAllowLoopbackHttp: true },
  }

  let ahead = 0
  const runtime: Runtime = {
    ...systemRuntime,
    now: () => systemRuntime.now() + ahead,
    // Pauses of a refresh end at once; patience and background loops keep their time.
    sleep: (seconds, signal) => systemRuntime.sleep(seconds < 4.4 ? 0.001 : seconds, signal),
  }
  const processes: RunningProcess[] = []
  const vaults: StartedVault[] = []
  const stop = async (): Promise<void> => {
    for (const vault of vaults.splice(0)) await vault.close()
  }

  return {
    emulator,
    folder,
    config,
    environment,
    advance: (seconds) => {
      ahead += seconds
      emulator.advance(seconds)
    },
    start: async () => {
      const vault = await startVault(config, { environment, runtime })
      vaults.push(vault)
      return vault
    },
    startDoomed: async (point) => {
      const doomed = runProcess(CRASHING_VAULT, [], {
        cwd: folder,
        environment: {
          ...environment,
          CONFIG: JSON.stringify(config),
          CRASH_AT: point,
        },
      })
      processes.push(doomed)
      await doomed.wrote('stdout', '\n')
      return { issuer: doomed.stdout().trim(), process: doomed }
    },
    serve: async () => {
      const { clients = [], connections = [], ...rest } = config
      const file = join(folder, 'config.json')
      const served: VaultConfig = {
        ...rest,
        issuer: 'http://127.0.0.1/',
        clients: clients.map((client) => ({ ...client, secret: 'env:AGENT_SECRET' })),
        connections: connections.map((one) => ({ ...one, clientSecret: 'env:PROVIDER_SECRET' })),
      }
      writeFileSync(file, JSON.stringify(served))
      const command = runProcess(valetkeyProgram(), ['serve', '--config', file, '--port', '0'], {
        cwd: folder,
        environment: {
          ...environment,
          AGENT_SECRET: CLIENT.secret,
          PROVIDER_SECRET: emulator.client(PROVIDER).clientSecret,
        },
      })
      processes.push(command)
      await command.wrote('stderr', 'listening on ')
      const [, url = ''] = /listening on (\S+) as /.exec(command.stderr()) ?? []
      return { issuer: `${url}/`, process: command }
    },
    connect: async (issuer, person) => {
      emulator.configure(PROVIDER, { accessTokenLifetimeSeconds: TOO_SHORT_SECONDS })
      emulator.decideConsent(PROVIDER, { decision: 'allow', user: person })
      await connectInBrowser({
        issuer,
        client: CLIENT,
        accessToken: await emulator.issueLoginToken(person),
        connection: PROVIDER,
        scopes: ['read'],
      })
      emulator.configure(PROVIDER, { accessTokenLifetimeSeconds: TOKEN_SECONDS })
    },
    exchange: async (issuer, person, { signal } = {}) => {
      const response = await fetch(`${issuer}oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          subject_token: await emulator.issueLoginToken(person),
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          audience: PROVIDER,
        }),
        ...(signal !== undefined && { signal }),
      })
      const body = AnswerBody.parse(await response.json())
      const retryAfter = response.headers.get('retry-after')
      return {
        status: response.status,
        retryAfterSeconds: retryAfter === null ? undefined : Number(retryAfter),
        accessToken: body.access_token,
        vaultError: body.vault_error,
        reason: body.reason,
      }
    },
    verifyAudit: () =>
      verifyAudit(config, {
        environment,
        heads: existsSync(headFile) ? readFileSync(headFile, 'utf8') : undefined,
      }),
    stop,
    [Symbol.asyncDispose]: async () => {
      for (const { child } of processes) child.kill('SIGKILL')
      await Promise.all(processes.map(({ ended }) => ended))
      await stop()
      await emulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}
