import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createBrowser } from '@valetkey-internal/testing'
import { startEmulator } from '@valetkey/emulator'
import { startVault, type VaultConfig } from '@valetkey/vault'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as z from 'zod'

export const ORDERS = 'https://orders.example.com'
export const INVENTORY = 'https://inventory.example.com'
export const REDIRECT_URI = 'http://127.0.0.1:9/callback'

/** As whom an app asks. */
export interface AppCredentials {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}

/** The same, by its key. */
export interface SignerCredentials {
  readonly issuer: string
  readonly clientId: string
  readonly privateKey: { readonly key: JsonWebKey; readonly algorithm: 'ES256' }
}

const LoginTokens = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  id_token: z.string(),
})

/** What a login at the vault gives an app. */
export type LoginTokens = z.infer<typeof LoginTokens>

/** A vault whose own logins, own APIs and own signers say on whose behalf, and the emulator behind it. */
export interface SubjectsWorld {
  readonly issuer: string
  /** People log in to it at the vault, or at the trusted issuer. */
  readonly app: AppCredentials
  /** Is the API at {@link ORDERS}, and calls {@link INVENTORY}. */
  readonly service: AppCredentials
  /** Names its users itself. */
  readonly signer: SignerCredentials
  /** A user whom nobody has used yet; connected to Google by the first login at the vault. */
  readonly newUser: () => string
  /** A whole login at the vault with Google, in a browser of its own. */
  readonly logIn: (
    user: string,
    parameters?: Readonly<Record<string, string>>,
  ) => Promise<LoginTokens>
  /** Ends a login of the app's. */
  readonly endLogin: (refreshToken: string) => Promise<void>
  /** A token of the login system that the vault trusts. */
  readonly trustedToken: (user: string) => Promise<string>
  /** Whose token it is, by Google's own word. */
  readonly ownerAtGoogle: (accessToken: string) => Promise<string>
  /** What a token says to an API, which checks it as RFC 9068 section 4 has it. */
  readonly readAs: (audience: string, token: string) => Promise<Readonly<Record<string, unknown>>>
  /** The issuer of {@link SubjectsWorld.trustedToken}. */
  readonly trustedIssuer: string
  readonly close: () => Promise<void>
}

const USERS = 50

export async function startSubjectsWorld(): Promise<SubjectsWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-subjects-'))
  const emulator = await startEmulator({
    users: Array.from({ length: USERS }, (_, index) => ({
      id: `user-${index}`,
      name: `User ${index}`,
      email: `user-${index}@example.com`,
    })),
  })
  const newSecret = (): string => randomBytes(32).toString('base64url')
  const secrets = { app: newSecret(), service: newSecret() }
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const trustedIssuer = emulator.trustedIssuer()
  const google = emulator.client('google')
  const connections = { 'google-oauth2': { scopes: ['openid', 'email'] } }
  const orders = { [ORDERS]: { scopes: ['orders:read', 'orders:write'] } }
  const config: VaultConfig = {
    storage: { sqlite: join(folder, 'vault.db') },
    keys: { local: randomBytes(32) },
    connections: [
      {
        name: 'google-oauth2',
        provider: emulator.provider('google'),
        clientId: google.clientId,
        clientSecret: google.clientSecret,
        scopes: ['openid', 'email'],
      },
    ],
    apis: [
      { identifier: ORDERS, scopes: ['orders:read', 'orders:write'] },
      { identifier: INVENTORY, scopes: ['orders:read'] },
    ],
    clients: [
      {
        id: 'app',
        secret: secrets.app,
        redirectUris: [REDIRECT_URI],
        grants: ['authorization_code', 'refresh_token', 'token_exchange', 'auth0_token_exchange'],
        connections,
        apis: orders,
        subjects: [trustedIssuer.issuer],
      },
      {
        id: 'orders-service',
        secret: secrets.service,
        api: ORDERS,
        connections,
        apis: { [INVENTORY]: { scopes: ['orders:read'] } },
      },
      {
        id: 'signer',
        jwks: { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), alg: 'ES256' }] },
        redirectUris: [REDIRECT_URI],
        connections,
        apis: orders,
        signedSubjects: { issuer: 'https://app.example.com/', connections: ['google-oauth2'] },
      },
    ],
    trustedIssuers: [trustedIssuer],
    login: { connections: ['google-oauth2'] },
    limits: { connectPagesPerMinute: 100_000 },
    development: { dangerouslyAllowLoopbackHttp: true },
  }
  const vault = await startVault(config)
  const { issuer } = vault
  const post = async (path: string, form: Readonly<Record<string, string>>): Promise<Response> => {
    const body = new URLSearchParams({ client_id: 'app', client_secret: secrets.app, ...form })
    const response = await fetch(new URL(path, issuer), { method: 'POST', body })
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
    return response
  }
  const keys = createRemoteJWKSet(new URL('.well-known/jwks.json', issuer))

  let used = 0
  return {
    issuer,
    app: { issuer, clientId: 'app', clientSecret: secrets.app },
    service: { issuer, clientId: 'orders-service', clientSecret: secrets.service },
    signer: {
      issuer,
      clientId: 'signer',
      privateKey: { key: pair.privateKey.export({ format: 'jwk' }), algorithm: 'ES256' },
    },
    newUser: () => {
      if (used === USERS) throw new Error(`There are ${USERS} users, all in use`)
      used += 1
      return `user-${used - 1}`
    },
    logIn: async (user, parameters = {}) => {
      const verifier = randomBytes(32).toString('base64url')
      const url = new URL('authorize', issuer)
      url.search = new URLSearchParams({
        client_id: 'app',
        redirect_uri: REDIRECT_URI,
        response_type: 'code',
        scope: 'openid email offline_access',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        connection: 'google-oauth2',
        login_hint: user,
        ...parameters,
      }).toString()
      const code = new URL(await browse(url.href)).searchParams.get('code')
      const response = await post('oauth/token', {
        grant_type: 'authorization_code',
        code: code ?? '',
        redirect_uri: REDIRECT_URI,
        code_verifier: verifier,
      })
      return LoginTokens.parse(await response.json())
    },
    endLogin: async (refreshToken) => {
      await post('oauth/revoke', { token: refreshToken })
    },
    trustedIssuer: trustedIssuer.issuer,
    trustedToken: async (user) => await emulator.issueLoginToken(user),
    ownerAtGoogle: async (accessToken) => {
      const response = await fetch(`${emulator.url}/google/v1/userinfo`, {
        headers: { authorization: `Bearer ${accessToken}` },
      })
      return z.object({ email: z.email() }).parse(await response.json()).email
    },
    readAs: async (audience, token) =>
      (await jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt' })).payload,
    close: async () => {
      await vault.close()
      await emulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Where a visit to the vault ends at the app, saying yes to what is asked. */
async function browse(url: string): Promise<string> {
  const browser = createBrowser({ stopAt: [REDIRECT_URI] })
  let page = await browser.open(url)
  if (page.status === 200) page = await browser.click(page, /continue|allow/i)
  if (page.status !== 0) throw new Error(`Ended at ${page.url} (${page.status}): ${page.html}`)
  return page.url
}
