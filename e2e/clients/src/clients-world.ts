import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type Browser, createBrowser } from '@valetkey-internal/testing'
import { type Emulator, startEmulator } from '@valetkey/emulator'
import {
  openLoopbackCertificate,
  startVault,
  systemRuntime,
  type ClientConfig,
  type VaultConfig,
} from '@valetkey/vault'
import * as z from 'zod'
import { openLogoutInbox } from './logout-inbox.ts'

export const CALENDAR = 'https://www.googleapis.com/auth/calendar.events'
export const ORDERS = 'https://orders.example.com'
export const INVENTORY = 'https://inventory.example.com'
/** What Auth0's clients ask for when their app says nothing. */
export const LOGIN_SCOPE = 'openid profile email offline_access'

/** A client with a secret, as an app of Auth0's is set up. */
export const APP = {
  clientId: 'web-app',
  clientSecret: 'vks_web_0123456789abcdef0123456789abcdef',
  redirectUri: 'https://app.example.com/callback',
  loggedOutUri: 'https://app.example.com/bye',
} as const

/** The same app with a key in place of its secret. */
export const KEY_APP = { ...APP, clientId: 'web-app-with-key' } as const

/** Where users decide what others ask of them; no client can do so for itself. */
export const PHONE = { ...APP, clientId: 'phone-app' } as const

/** The API at {@link ORDERS} itself, as "Custom API Client". */
export const ORDERS_SERVICE = {
  clientId: 'orders-service',
  clientSecret: 'vks_orders_0123456789abcdef0123456789ab',
} as const

/** A client without either, on the user's own machine. */
export const NATIVE = { clientId: 'native-app', redirectUri: 'http://127.0.0.1/callback' } as const

/** A vault on https://localhost, whose certificate this process trusts, and the emulator's providers behind it. */
export interface ClientsWorld {
  /** With the slash at the end. */
  readonly issuer: string
  /** What Auth0's clients take in place of a tenant's: `localhost:PORT`. */
  readonly domain: string
  /** The key of {@link KEY_APP}, as PEM. */
  readonly privateKey: string
  /** For `NODE_EXTRA_CA_CERTS` of another process. */
  readonly authorityFile: string
  /** A user whom nobody has used yet. */
  readonly newUser: () => string
  /** Where a visit to the vault ends at the app, saying yes to what is asked. Default: in a browser without cookies. */
  readonly browse: (url: string | URL, browser?: Browser) => Promise<URL>
  /** Whose token it is, by Google's own word: an e-mail address. */
  readonly ownerAtGoogle: (accessToken: string) => Promise<string>
  /** The vault's word to the app that this session has ended (OpenID Connect Back-Channel Logout). */
  readonly logoutTokenOf: (sessionId: string) => Promise<string>
  /** Lets time pass at the vault, so that a client may ask again. */
  readonly advance: (seconds: number) => void
  readonly close: () => Promise<void>
}

const UserInfo = z.object({ email: z.email() })

/** After this a client that was told to slow down may ask again; far from the minute that a code lives. */
export const LONG_ENOUGH_SECONDS = 11

const USERS = 50

export async function startClientsWorld(): Promise<ClientsWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-clients-'))
  const { tls, authority } = await openLoopbackCertificate(join(folder, 'tls'))
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(authority.file, 'utf8')])
  const emulator = await startEmulator({
    users: Array.from({ length: USERS }, (_, index) => ({
      id: `user-${index}`,
      name: `User ${index}`,
      email: `user-${index}@example.com`,
    })),
  })
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicKey = pair.publicKey.export({ format: 'jwk' })
  const inbox = await openLogoutInbox()
  let offset = 0
  const vault = await startVault(
    aConfig(emulator, { folder, publicKey, backchannelLogoutUri: inbox.url }),
    {
      tls,
      runtime: { ...systemRuntime, now: () => systemRuntime.now() + offset },
    },
  )
  const { issuer } = vault

  let used = 0
  return {
    issuer,
    domain: new URL(issuer).host,
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authorityFile: authority.file,
    newUser: () => {
      if (used === USERS) throw new Error(`There are ${USERS} users, all in use`)
      used += 1
      return `user-${used - 1}`
    },
    browse: async (url, browser = newBrowser()) => {
      let page = await browser.open(String(url))
      if (page.status === 200) page = await browser.click(page, /continue|allow|log out/i)
      if (page.status !== 0) throw new Error(`Ended at ${page.url} (${page.status}): ${page.html}`)
      return new URL(page.url)
    },
    ownerAtGoogle: async (accessToken) => {
      const response = await fetch(`${emulator.url}/google/v1/userinfo`, {
        headers: { authorization: `Bearer ${accessToken}` },
      })
      return UserInfo.parse(await response.json()).email
    },
    logoutTokenOf: inbox.tokenOf,
    advance: (seconds) => {
      offset += seconds
    },
    close: async () => {
      await vault.close()
      await emulator.close()
      await inbox.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** One that stops where the app begins. */
export function newBrowser(): Browser {
  return createBrowser({ stopAt: [APP.redirectUri, APP.loggedOutUri] })
}

interface ConfigOptions {
  readonly folder: string
  readonly publicKey: JsonWebKey
  readonly backchannelLogoutUri: string
}

function aConfig(
  emulator: Emulator,
  { folder, publicKey, backchannelLogoutUri }: ConfigOptions,
): VaultConfig {
  const connection = (name: string, provider: string, scopes: readonly string[]) => {
    const { clientId, clientSecret } = emulator.client(provider)
    return { name, provider: emulator.provider(provider), clientId, clientSecret, scopes }
  }
  const webApp: ClientConfig = {
    id: APP.clientId,
    name: 'Web app',
    redirectUris: [APP.redirectUri],
    postLogoutRedirectUris: [APP.loggedOutUri],
    backchannelLogoutUri,
    grants: [
      'authorization_code',
      'refresh_token',
      'ciba',
      'device_code',
      'token_exchange',
      'auth0_token_exchange',
    ],
    connections: {
      'google-oauth2': { scopes: ['openid', 'email', CALENDAR] },
      github: { scopes: ['read:user', 'repo'] },
    },
    apis: { [ORDERS]: { scopes: ['orders:read', 'orders:write'] } },
  }
  return {
    storage: { sqlite: join(folder, 'vault.db') },
    keys: { local: randomBytes(32) },
    connections: [
      connection('google-oauth2', 'google', ['openid', 'email']),
      connection('github', 'github', ['read:user']),
    ],
    apis: [
      { identifier: ORDERS, scopes: ['orders:read', 'orders:write'] },
      { identifier: INVENTORY, scopes: ['orders:read'] },
    ],
    login: { connections: ['google-oauth2'] },
    clients: [
      { ...webApp, secret: APP.clientSecret },
      { ...webApp, id: KEY_APP.clientId, jwks: { keys: [{ ...publicKey, alg: 'RS256' }] } },
      {
        id: PHONE.clientId,
        secret: PHONE.clientSecret,
        redirectUris: [PHONE.redirectUri],
        grants: ['authorization_code', 'refresh_token', 'token_exchange'],
        myAccountScopes: ['read:me:approvals', 'write:me:approvals'],
      },
      {
        id: ORDERS_SERVICE.clientId,
        secret: ORDERS_SERVICE.clientSecret,
        api: ORDERS,
        apis: { [INVENTORY]: { scopes: ['orders:read'] } },
        connections: { 'google-oauth2': { scopes: ['openid', 'email'] } },
      },
      {
        id: NATIVE.clientId,
        name: 'Native app',
        type: 'public',
        redirectUris: [NATIVE.redirectUri],
        grants: ['authorization_code', 'refresh_token', 'device_code'],
        apis: { [ORDERS]: { scopes: ['orders:read'] } },
      },
    ],
    development: { dangerouslyAllowLoopbackHttp: true },
  }
}
