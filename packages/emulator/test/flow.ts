import { createHash } from 'node:crypto'

import type { ProviderDefinition } from '@valetkey/providers'

import { startEmulator, type Emulator, type EmulatorOptions } from '@valetkey/emulator'

/** The redirect URI of the test client; nothing listens there. */
export const REDIRECT_URI = 'http://127.0.0.1:9/callback'

const VERIFIER = 'v'.repeat(43)

/** A small honest OAuth client, written over the definition alone. */
export interface TestClient {
  readonly definition: ProviderDefinition
  readonly authorizationUrl: (options?: AuthorizeOptions) => string
  /** Follows the authorization request to the redirect, without leaving. */
  readonly authorize: (options?: AuthorizeOptions) => Promise<URL>
  readonly redeem: (code: string, change?: Record<string, string>) => Promise<TokenAnswer>
  readonly refresh: (token: string, change?: Record<string, string>) => Promise<TokenAnswer>
  /** Consent and code in one. */
  readonly connect: (options?: AuthorizeOptions) => Promise<TokenAnswer>
  readonly revoke: (token: string) => Promise<Response>
}

/** What an authorization request asks. */
interface AuthorizeOptions {
  readonly scopes?: readonly string[]
  readonly parameters?: Readonly<Record<string, string>>
}

/** A token response, read the way the definition says. */
interface TokenAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly error: string | undefined
}

/** A client of one provider of the emulator. */
export function testClient(emulator: Emulator, provider: string): TestClient {
  const { clientId, clientSecret } = emulator.client(provider)
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`

  const authorizationUrl = ({ scopes = [], parameters = {} }: AuthorizeOptions = {}): string => {
    const definition = emulator.provider(provider)
    const url = new URL(definition.authorizationEndpoint)
    const all: Record<string, string> = {
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      state: 'state-1',
      [definition.scopeParameter]: scopes.join(definition.scopeSeparator),
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      code_challenge_method: 'S256',
      ...definition.authorizationParameters,
      ...parameters,
    }
    for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value)
    return url.href
  }
  const authorize = async (options?: AuthorizeOptions): Promise<URL> => {
    const response = await fetch(authorizationUrl(options), { redirect: 'manual' })
    const location = response.headers.get('location')
    if (location === null) throw new Error(`No redirect: ${response.status}`)
    return new URL(location)
  }
  const token = async (parameters: Record<string, string>): Promise<TokenAnswer> => {
    const definition = emulator.provider(provider)
    const isBasic = definition.clientAuthentication === 'client_secret_basic'
    const fields = {
      ...(isBasic ? {} : { client_id: clientId, client_secret: clientSecret }),
      ...parameters,
    }
    const isJson = definition.tokenRequestBody === 'json'
    const response = await fetch(definition.tokenEndpoint, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
        ...(isBasic && { authorization: basic }),
        ...definition.requestHeaders,
      },
      body: isJson ? JSON.stringify(fields) : new URLSearchParams(fields),
    })
    const body = (await response.json()) as Record<string, unknown>
    const tokens = (body['authed_user'] ?? body) as Record<string, string | undefined>
    return {
      status: response.status,
      body,
      accessToken: tokens['access_token'] ?? '',
      refreshToken: tokens['refresh_token'],
      error: body['error'] as string | undefined,
    }
  }
  const redeem: TestClient['redeem'] = (code, change) =>
    token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      ...(emulator.provider(provider).pkce === 'S256' && { code_verifier: VERIFIER }),
      ...change,
    })

  return {
    definition: emulator.provider(provider),
    authorizationUrl,
    authorize,
    redeem,
    refresh: (refreshToken, change) =>
      token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...change }),
    connect: async (options) => redeem((await authorize(options)).searchParams.get('code') ?? ''),
    revoke: async (value) => {
      const { revocation, clientAuthentication } = emulator.provider(provider)
      if (revocation === undefined) throw new Error(`${provider} has no revocation`)
      const url = revocation.endpoint.replace('{client_id}', clientId)
      const isBasic =
        revocation.style !== 'rfc7009' || clientAuthentication === 'client_secret_basic'
      switch (revocation.style) {
        case 'rfc7009':
          return fetch(url, {
            method: 'POST',
            headers: isBasic ? { authorization: basic } : {},
            body: new URLSearchParams({
              token: value,
              ...(!isBasic && { client_id: clientId, client_secret: clientSecret }),
            }),
          })
        case 'post_json_with_basic':
          return fetch(url, {
            method: 'POST',
            headers: { authorization: basic, 'content-type': 'application/json' },
            body: JSON.stringify({ token: value }),
          })
        case 'delete_json_with_basic':
          return fetch(url, {
            method: 'DELETE',
            headers: { authorization: basic, 'content-type': 'application/json' },
            body: JSON.stringify({ access_token: value }),
          })
        case 'post_with_bearer':
          return fetch(url, { method: 'POST', headers: { authorization: `Bearer ${value}` } })
      }
    },
  }
}

/** Whether a token is good at the API that every provider of the emulator has. */
export async function isGood(
  emulator: Emulator,
  provider: string,
  token: string,
): Promise<boolean> {
  const response = await fetch(`${emulator.url}/${provider}/emulator/me`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const body = (await response.json()) as Record<string, unknown>
  return typeof body['user'] === 'string'
}

/** An emulator whose time stands still, and that closes when the test ends: `await using emulator = await anEmulator()`. */
export async function anEmulator(
  options: EmulatorOptions = {},
): Promise<Emulator & AsyncDisposable> {
  const startedAt = Math.floor(Date.now() / 1_000)
  const emulator = await startEmulator({
    ...options,
    runtime: { now: () => startedAt, ...options.runtime },
  })
  return { ...emulator, [Symbol.asyncDispose]: emulator.close }
}

/** Calls an API of the emulator with a token. */
export function callApi(
  emulator: Emulator,
  path: string,
  token: string,
  init: RequestInit = {},
): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${token}`)
  return fetch(emulator.url + path, { ...init, headers })
}
