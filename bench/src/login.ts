import { randomBytes } from 'node:crypto'

import { type BareProvider, bareClients, REDIRECT_URI } from './bare-provider.ts'
import { basic, CONNECTIONS, FORM } from './exchange.ts'
import type { Load } from './load.ts'
import { challengeOf, codeOf, type LoggedIn, memberOf } from './log-in.ts'
import type { VaultSetup } from './vault-under-test.ts'

/** More than there are connections, since the generator takes one too many for each at the end. */
export const LOGIN_TOKENS = 4 * CONNECTIONS

/** A server that users log in at. */
export interface LoginServer {
  readonly url: string
  readonly paths: { readonly authorize: string; readonly token: string }
  readonly client: { readonly id: string; readonly secret: string }
  readonly publicClientId: string
  /** Of a session that is logged in. */
  readonly cookies: string
  /** Refresh tokens of the client, which does not rotate them. */
  readonly kept: readonly string[]
  /** Of the public client, which does. */
  readonly rotated: readonly string[]
}

/** The same loads for every server. */
export interface LoginLoads {
  readonly refresh: () => Load
  readonly rotation: () => Load
  readonly codeFlow: () => Load
}

export function vaultLogin(setup: VaultSetup, { cookies, refreshTokens }: LoggedIn): LoginServer {
  const [kept = [], rotated = []] = refreshTokens
  return {
    url: setup.issuer,
    paths: { authorize: '/authorize', token: '/oauth/token' },
    client: { id: setup.clientId, secret: setup.clientSecret },
    publicClientId: setup.publicClientId,
    cookies,
    kept,
    rotated,
  }
}

export function bareLogin(bare: BareProvider): LoginServer {
  return {
    ...bare,
    paths: { authorize: '/auth', token: '/token' },
    client: bareClients.confidential,
    publicClientId: bareClients.public.id,
  }
}

export function loginLoads(server: LoginServer, requests: number): LoginLoads {
  const keptTokens = createTokenPool(server.kept)
  const rotatedTokens = createTokenPool(server.rotated)
  const authorization = basic(server.client.id, server.client.secret)
  return {
    refresh: () =>
      refreshLoad(server, keptTokens, { requests, headers: { authorization }, form: {} }),
    rotation: () =>
      refreshLoad(server, rotatedTokens, {
        requests,
        headers: {},
        form: { client_id: server.publicClientId },
      }),
    codeFlow: () => codeFlowLoad(server, { requests, authorization }),
  }
}

function refreshLoad(
  { url, paths }: LoginServer,
  tokens: TokenPool,
  {
    requests,
    headers,
    form,
  }: {
    readonly requests: number
    readonly headers: Readonly<Record<string, string>>
    readonly form: Readonly<Record<string, string>>
  },
): Load {
  tokens.takeBack()
  return {
    origin: url,
    steps: [
      {
        method: 'POST',
        path: paths.token,
        headers: { ...FORM, ...headers },
        status: 200,
        body: (turn) => {
          turn['token'] = tokens.take()
          return new URLSearchParams({
            grant_type: 'refresh_token',
            refresh_token: turn['token'],
            ...form,
          }).toString()
        },
        onAnswer: ({ body }, turn) => {
          tokens.replace(turn['token'] ?? '', memberOf(body, 'refresh_token'))
        },
      },
    ],
    requests,
    connections: CONNECTIONS,
  }
}

/** A user who is logged in comes to the app: the redirect that brings the code, then its redemption. */
function codeFlowLoad(
  { url, paths, client, cookies }: LoginServer,
  { requests, authorization }: { readonly requests: number; readonly authorization: string },
): Load {
  const codeVerifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    state: 'bench',
    nonce: 'bench',
    code_challenge: challengeOf(codeVerifier),
    code_challenge_method: 'S256',
  })
  return {
    origin: url,
    steps: [
      {
        method: 'GET',
        path: `${paths.authorize}?${query.toString()}`,
        headers: { cookie: cookies },
        status: 303,
        onAnswer: ({ location = '' }, turn) => {
          turn['code'] = codeOf(location)
        },
      },
      {
        method: 'POST',
        path: paths.token,
        headers: { ...FORM, authorization },
        status: 200,
        body: ({ code = '' }) =>
          new URLSearchParams({
            grant_type: 'authorization_code',
            code,
            redirect_uri: REDIRECT_URI,
            code_verifier: codeVerifier,
          }).toString(),
      },
    ],
    requests,
    connections: CONNECTIONS,
  }
}

/** Refresh tokens, each in one request at a time: what is used at once by two is a matter of its own. */
interface TokenPool {
  take(): string
  /** The answer to one that was taken. */
  replace(taken: string, next: string): void
  /** Those that were taken for requests which were never sent: the generator prepares one more for each connection. */
  takeBack(): void
}

function createTokenPool(tokens: readonly string[]): TokenPool {
  const free = [...tokens]
  const taken = new Set<string>()
  return {
    take() {
      const token = free.shift()
      if (token === undefined) throw new Error('there are too few refresh tokens')
      taken.add(token)
      return token
    },
    replace(token, next) {
      taken.delete(token)
      free.push(next)
    },
    takeBack() {
      free.push(...taken)
      taken.clear()
    },
  }
}
