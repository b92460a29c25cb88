import * as client from 'openid-client'
import { vi } from 'vitest'

import type { ClientConfig, VaultConfig } from '../../src/index.ts'
import { createBrowser, type Browser, type Visit } from '../connect/browser.ts'
import {
  type Answer,
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
  /** Where users decide what others ask for. */
  phone: 'phone-app',
} as const

export interface LoginWorld extends VaultWorld {
  /** Lets time pass for everything in this process: the vault, its library, the providers, the clients. */
  readonly passTime: (seconds: number) => void
  /** An authorization request, and what its app keeps of it. */
  readonly ask: (
    request: Pick<LoginRequest, 'app' | 'user' | 'parameters'>,
  ) => Promise<AuthorizationRequest>
  /** Goes through a request that was made; where the browser ends, a page or the app. */
  readonly go: (
    asked: AuthorizationRequest,
    options?: Pick<LoginRequest, 'browser' | 'decision'>,
  ) => Promise<Visit>
  /** A login up to its code, with all that redeems it. */
  readonly codeFor: (request: LoginRequest) => Promise<Readonly<Record<string, string>>>
  /** A POST by one of {@link CLIENTS} to an endpoint that clients call. */
  readonly call: (
    path: string,
    clientId: string,
    parameters: Readonly<Record<string, string>>,
  ) => Promise<Answer>
  /** As {@link LoginWorld.call}, to the token endpoint. */
  readonly redeem: (
    clientId: string,
    parameters: Readonly<Record<string, string>>,
  ) => Promise<Answer>
  /** A client of openid-client's, pointed at the vault by its metadata alone. */
  readonly app: (id: string, secret?: string) => Promise<client.Configuration>
  /** Goes through a login in a browser; resolves to the URL that the app got. */
  readonly browse: (request: LoginRequest) => Promise<URL>
  /** A whole login: the tokens that the app ends with. */
  readonly logIn: (
    request: LoginRequest,
  ) => Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers>
}

export interface AuthorizationRequest {
  readonly url: URL
  readonly verifier: string
  readonly state: string
  readonly nonce: string
}

export interface LoginRequest {
  readonly app: client.Configuration
  readonly user: string
  readonly browser?: Browser | undefined
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly decision?: 'approve' | 'deny' | undefined
}

export async function startLoginWorld({
  configure = (config) => config,
  ...options
}: VaultWorldOptions = {}): Promise<LoginWorld> {
  const world = await startVaultWorld({
    ...options,
    configure: (config, emulator) => configure(withClients(config), emulator),
  })

  const app: LoginWorld['app'] = async (id, secret = SECRET) =>
    await client.discovery(
      new URL(world.vault.issuer),
      id,
      undefined,
      id === CLIENTS.spa ? client.None() : client.ClientSecretPost(secret),
      { execute: [client.allowInsecureRequests] },
    )

  const ask: LoginWorld['ask'] = async ({ app: config, user, parameters = {} }) => {
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
    for (const [name, value] of Object.entries(parameters)) {
      if (value === '') url.searchParams.delete(name)
    }
    return { url, verifier, state, nonce }
  }

  const go: LoginWorld['go'] = async (asked, options = {}) => {
    const { browser = createBrowser(), decision = 'approve' } = options
    let visit = await browser.follow(await browser.open(asked.url.href))
    const choice = /name="connection" value="([^"]+)"/.exec(visit.html)?.[1]
    if (choice !== undefined && asked.url.searchParams.get('connection') === choice) {
      // The one that was asked for, on a page that says what comes with it.
      visit = await browser.follow(await browser.press(visit, { connection: choice }))
    }
    return visit.html.includes('name="decision" value="approve"')
      ? await browser.follow(await browser.answer(visit, decision))
      : visit
  }

  const call: LoginWorld['call'] = async (path, clientId, parameters) =>
    await world.request(path, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: clientId,
        ...(clientId !== CLIENTS.spa && { client_secret: SECRET }),
        ...parameters,
      }),
    })

  const verifiers = new WeakMap<object, AuthorizationRequest>()

  const browse: LoginWorld['browse'] = async (request) => {
    const asked = await ask(request)
    const visit = await go(asked, request)
    const end = new URL(visit.location ?? visit.url)
    verifiers.set(end, asked)
    return end
  }

  return {
    ...world,
    get vault() {
      return world.vault
    },
    app,
    ask,
    go,
    browse,
    passTime: (seconds) => {
      const now = Date.now()
      if (!vi.isFakeTimers()) vi.useFakeTimers({ toFake: ['Date'] })
      vi.setSystemTime(now + seconds * 1_000)
    },
    codeFor: async (request) => {
      const end = await browse(request)
      return {
        grant_type: 'authorization_code',
        code: end.searchParams.get('code') ?? `none: ${end.href}`,
        redirect_uri: CALLBACK,
        code_verifier: verifiers.get(end)?.verifier ?? '',
      }
    },
    call,
    redeem: async (clientId, parameters) => await call('/oauth/token', clientId, parameters),
    close: async () => {
      vi.useRealTimers()
      await world.close()
    },
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
      {
        ...confidential,
        id: CLIENTS.phone,
        myAccountScopes: ['read:me:approvals', 'write:me:approvals'],
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
