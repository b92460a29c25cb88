import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startEmulator, type Emulator, type EmulatorOptions } from '@valetkey/emulator'
import * as z from 'zod'

import {
  createLogger,
  startVault,
  systemRuntime,
  type CertifiedKey,
  type Runtime,
  type StartedVault,
  type VaultConfig,
} from '../../src/index.ts'
import { createBrowser } from '../connect/browser.ts'

/** Where the scripts of the public client run. */
export const APP_ORIGIN = 'https://app.example.com'
export const APP = 'https://app.example.com/connected'
export const CALENDAR = 'https://www.googleapis.com/auth/calendar.events'
export const MAIL = 'https://www.googleapis.com/auth/gmail.readonly'
export const CLIENT = { id: 'my-agent', secret: 'vks_0123456789abcdef0123456789abcdef' }
/** An API of the deployment's own, and the client that it is. */
export const ORDERS = 'https://orders.example.com'
export const ORDERS_CLIENT = {
  id: 'orders-service',
  secret: 'vks_fedcba9876543210fedcba9876543210',
}
export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const AUTH0_EXCHANGE =
  'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token'
export const AUTH0_TOKEN = 'http://auth0.com/oauth/token-type/federated-connection-access-token'
export const JWT = 'urn:ietf:params:oauth:token-type:jwt'

/** What any endpoint of the vault may answer. */
const AnswerBody = z
  .looseObject({
    access_token: z.string(),
    issued_token_type: z.string(),
    expires_in: z.number(),
    scope: z.string(),
    connection: z.string(),
    account: z.string(),
    generation: z.number(),
    error: z.string(),
    vault_error: z.string(),
    error_uri: z.string(),
    id: z.string(),
    auth_session: z.string(),
    connect_uri: z.string(),
    connect_params: z.object({ ticket: z.string() }),
  })
  .partial()

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: z.infer<typeof AnswerBody>
}

/** What a registered client does. */
export interface ClientCalls {
  /** A token request. */
  readonly token: (
    parameters: Readonly<Record<string, string>>,
    options?: { readonly secret?: string; readonly json?: boolean },
  ) => Promise<Answer>
  /** Exchanges a user's login for the token of a connection. */
  readonly exchange: (
    user: string,
    parameters?: Readonly<Record<string, string>>,
  ) => Promise<Answer>
  /** A call to the connected-accounts API as this user; for the agent of an actor token, if there is one. */
  readonly me: (
    user: string,
    method: string,
    path: string,
    body?: unknown,
    actor?: Readonly<Record<string, string>>,
  ) => Promise<Answer>
  /** Takes a user through the whole connect flow; resolves to the account. */
  readonly connect: (
    user: string,
    body?: Readonly<Record<string, unknown>>,
    actor?: Readonly<Record<string, string>>,
  ) => Promise<Answer>
}

/** A vault as one starts it, behind its own port, and the emulator's providers and login system; calls are {@link CLIENT}'s. */
export interface VaultWorld extends ClientCalls {
  readonly emulator: Emulator
  readonly config: VaultConfig
  readonly folder: string
  readonly vault: StartedVault
  /** Everything that was logged. */
  readonly logged: () => string
  /** Ends the vault and starts another one on the same data and the same port, with the same configuration or another. */
  readonly restart: (changed?: VaultConfig) => Promise<void>
  /** Lets time pass, for the vault and the providers; logins keep real time. */
  readonly advance: (seconds: number) => void
  /** Begins what the vault does each hour, without waiting for it. */
  readonly strikeHour: () => void
  readonly login: (user: string) => Promise<string>
  readonly request: (path: string, init?: RequestInit) => Promise<Answer>
  /** The calls of another registered client. */
  readonly as: (client: { readonly id: string; readonly secret: string }) => ClientCalls
  readonly close: () => Promise<void>
}

export interface VaultWorldOptions extends Pick<EmulatorOptions, 'behaviour' | 'users'> {
  /** Default: plain HTTP. */
  readonly tls?: CertifiedKey | undefined
  /** What else this vault is set up to. Default: nothing. */
  readonly configure?: ((config: VaultConfig, emulator: Emulator) => VaultConfig) | undefined
}

export async function startVaultWorld({
  behaviour,
  users,
  tls,
  configure = (config) => config,
}: VaultWorldOptions = {}): Promise<VaultWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-front-door-'))
  const emulator = await startEmulator({ behaviour, users })
  const lines: string[] = []
  let offset = 0
  let hour = new AbortController()
  const runtime: Runtime = {
    ...systemRuntime,
    now: () => systemRuntime.now() + offset,
    // What the vault does after a moment, it does at once; what it waits for, and its loops, keep their time.
    sleep: (seconds, signal) =>
      systemRuntime.sleep(
        seconds < 4.4 ? 0.001 : seconds,
        seconds < 3_600 ? signal : AbortSignal.any([hour.signal, ...(signal ? [signal] : [])]),
      ),
  }
  const logger = createLogger({ write: (line) => lines.push(line), now: runtime.now })
  const config = configure(aConfig(emulator, folder), emulator)
  let vault = await startVault(config, { runtime, logger, tls }).catch(async (error: unknown) => {
    await emulator.close()
    rmSync(folder, { recursive: true })
    throw error
  })

  const request = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(new URL(path, vault.url), { redirect: 'manual', ...init })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
    return {
      status: response.status,
      headers: response.headers,
      body: AnswerBody.parse(isJson ? JSON.parse(text) : {}),
    }
  }

  const login = (user: string): Promise<string> => emulator.issueLoginToken(user)

  const as: VaultWorld['as'] = (client) => {
    const token: ClientCalls['token'] = async (
      parameters,
      { secret = client.secret, json } = {},
    ) => {
      const all = { client_id: client.id, client_secret: secret, ...parameters }
      return request('/oauth/token', {
        method: 'POST',
        ...(json === true
          ? { body: JSON.stringify(all), headers: { 'content-type': 'application/json' } }
          : { body: new URLSearchParams(all) }),
      })
    }

    const exchange: ClientCalls['exchange'] = async (user, parameters = {}) =>
      token({
        grant_type: EXCHANGE,
        subject_token: await login(user),
        subject_token_type: JWT,
        audience: 'google-oauth2',
        ...parameters,
      })

    const me: ClientCalls['me'] = async (user, method, path, body, actor) => {
      const granted = await exchange(user, { audience: `${vault.issuer}me/`, ...actor })
      if (granted.body.access_token === undefined) return granted
      return request(`/me/v1/connected-accounts${path}`, {
        method,
        headers: {
          authorization: `Bearer ${granted.body.access_token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    }

    const connect: ClientCalls['connect'] = async (user, body = {}, actor = {}) => {
      const started = await me(
        user,
        'POST',
        '/connect',
        {
          connection: 'google-oauth2',
          redirect_uri: APP,
          authorization_params: { login_hint: user },
          ...body,
        },
        actor,
      )
      const { connect_uri, connect_params, auth_session } = started.body
      if (connect_params === undefined) return started
      const browser = createBrowser()
      const page = await browser.open(`${connect_uri}?ticket=${connect_params.ticket}`)
      const end = await browser.follow(await browser.submit(page, 'approve'))
      const connectCode = new URL(end.location ?? end.url).searchParams.get('connect_code')
      return me(user, 'POST', '/complete', {
        auth_session,
        connect_code: connectCode,
        redirect_uri: APP,
      })
    }
    return { token, exchange, me, connect }
  }

  return {
    ...as(CLIENT),
    as,
    emulator,
    config,
    folder,
    get vault() {
      return vault
    },
    logged: () => lines.join(''),
    restart: async (changed = config) => {
      const { port } = new URL(vault.url)
      await vault.close()
      vault = await startVault(changed, { runtime, logger, tls, port: Number(port) })
    },
    advance: (seconds) => {
      offset += seconds
      emulator.advance(seconds)
    },
    strikeHour: () => {
      const struck = hour
      hour = new AbortController()
      struck.abort()
    },
    login,
    request,
    close: async () => {
      await vault.close()
      await emulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}

function aConfig(emulator: Emulator, folder: string): VaultConfig {
  const connection = (name: string, provider: string, scopes: readonly string[]) => ({
    name,
    provider: emulator.provider(provider),
    clientId: emulator.client(provider).clientId,
    clientSecret: emulator.client(provider).clientSecret,
    scopes,
  })
  return {
    storage: { sqlite: join(folder, 'vault.db') },
    keys: { local: randomBytes(32) },
    connections: [
      connection('google-oauth2', 'google', ['openid', 'email']),
      connection('github', 'github', ['read:user']),
      connection('slack', 'slack', ['users:read']),
      connection('notion', 'notion', []),
    ],
    apis: [{ identifier: ORDERS, scopes: ['orders:read', 'orders:write'] }],
    trustedIssuers: [emulator.trustedIssuer()],
    clients: [
      {
        ...ORDERS_CLIENT,
        api: ORDERS,
        connections: { 'google-oauth2': { scopes: [CALENDAR] } },
      },
      {
        ...CLIENT,
        name: 'My agent',
        redirectUris: [APP],
        apis: { [ORDERS]: { scopes: ['orders:read'] } },
        connections: {
          'google-oauth2': { scopes: ['openid', 'email', 'profile', CALENDAR, MAIL] },
          github: { scopes: ['read:user', 'repo'] },
          slack: { scopes: ['users:read', 'chat:write'] },
          notion: { scopes: [] },
        },
        subjects: [emulator.trustedIssuer().issuer],
      },
      { id: 'my-app', type: 'public', redirectUris: [APP], origins: [APP_ORIGIN] },
    ],
    development: { dangerouslyAllowLoopbackHttp: true },
  }
}
