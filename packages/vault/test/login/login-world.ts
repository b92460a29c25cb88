import * as client from 'openid-client'

import type { ClientConfig, VaultConfig } from '../../src/index.ts'
import { createBrowser, type Browser } from '../connect/browser.ts'
import {
  CALENDAR,
  MAIL,
  startVaultWorld,
  type VaultWorld,
  type VaultWorldOptions,
} from '../front-door/vault-world.ts'

export const CALLBACK = 'https://app.example.com/callback'
export const LOGGED_OUT = 'https://app.example.com/bye'
export const ORDERS = 'https://orders.example.com'
export const SECRET = 'vks_web_0123456789abcdef0123456789abcdef'

/** The clients of these tests, each by what it is. */
export const CLIENTS = {
  web: 'web-app',
  rotating: 'rotating-app',
  strict: 'strict-app',
  spa: 'spa',
  asked: 'third-party',
} as const

export interface LoginWorld extends VaultWorld {
  /** A client of openid-client's, pointed at the vault by its metadata alone. */
  readonly app: (id: string, secret?: string) => Promise<client.Configuration>
  /** Goes through a login in a browser; resolves to the URL that the app got. */
  readonly browse: (request: LoginRequest) => Promise<URL>
  /** A whole login: the tokens that the app ends with. */
  readonly logIn: (
    request: LoginRequest,
  ) => Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers>
}

export interface LoginRequest {
  readonly app: client.Configuration
  readonly user: string
  readonly browser?: Browser | undefined
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly decision?: 'approve' | 'deny' | undefined
}

export async function startLoginWorld(options: VaultWorldOptions = {}): Promise<LoginWorld> {
  const world = await startVaultWorld({ ...options, configure: withClients })

  const app: LoginWorld['app'] = async (id, secret = SECRET) =>
    await client.discovery(
      new URL(world.vault.issuer),
      id,
      undefined,
      id === CLIENTS.spa ? client.None() : client.ClientSecretPost(secret),
      { execute: [client.allowInsecureRequests] },
    )

  const verifiers = new WeakMap<object, { verifier: string; state: string; nonce: string }>()

  const browse: LoginWorld['browse'] = async (request) => {
    const { app: config, user, browser = createBrowser(), parameters = {} } = request
    const verifier = client.randomPKCECodeVerifier()
    const state = client.randomState()
    const nonce = client.randomNonce()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid profile email offline_access',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      connection: 'google-oauth2',
      login_hint: user,
      ...parameters,
    })
    let visit = await browser.follow(await browser.open(url.href))
    if (visit.html.includes('name="decision" value="approve"')) {
      visit = await browser.follow(await browser.answer(visit, request.decision ?? 'approve'))
    }
    const end = new URL(visit.location ?? visit.url)
    verifiers.set(end, { verifier, state, nonce })
    return end
  }

  return {
    ...world,
    get vault() {
      return world.vault
    },
    app,
    browse,
    logIn: async (request) => {
      const end = await browse(request)
      const { verifier, state, nonce } = verifiers.get(end) ?? {}
      return await client.authorizationCodeGrant(request.app, end, {
        pkceCodeVerifier: verifier ?? '',
        expectedState: state ?? '',
        expectedNonce: nonce ?? '',
      })
    },
  }
}

function withClients(config: VaultConfig): VaultConfig {
  const grants = [
    'authorization_code',
    'refresh_token',
    'device_code',
    'ciba',
    'token_exchange',
    'auth0_token_exchange',
  ] as const
  const confidential: ClientConfig = {
    id: CLIENTS.web,
    name: 'Web app',
    secret: SECRET,
    redirectUris: [CALLBACK],
    postLogoutRedirectUris: [LOGGED_OUT],
    grants,
    connections: {
      'google-oauth2': { scopes: ['openid', 'email', 'profile', CALENDAR, MAIL] },
      github: { scopes: ['read:user', 'repo'] },
    },
    apis: { [ORDERS]: { scopes: ['orders:read', 'orders:write'] } },
  }
  return {
    ...config,
    apis: [{ identifier: ORDERS, scopes: ['orders:read', 'orders:write', 'orders:admin'] }],
    clients: [
      ...(config.clients ?? []),
      confidential,
      {
        ...confidential,
        id: CLIENTS.rotating,
        refreshTokens: { rotation: 'always', graceSeconds: 60 },
      },
      {
        ...confidential,
        id: CLIENTS.strict,
        refreshTokens: { rotation: 'always', graceSeconds: 0 },
      },
      { ...confidential, id: CLIENTS.asked, name: 'Third party', consent: 'ask' },
      {
        id: CLIENTS.spa,
        name: 'Single page',
        type: 'public',
        redirectUris: [CALLBACK],
        origins: ['https://app.example.com'],
        grants: ['authorization_code', 'refresh_token', 'device_code'],
        apis: { [ORDERS]: { scopes: ['orders:read'] } },
      },
    ],
  }
}
