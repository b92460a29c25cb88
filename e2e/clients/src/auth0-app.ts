import { createHash, randomBytes } from 'node:crypto'
import { AuthClient, type TokenResponse } from '@auth0/auth0-auth-js'
import type { Browser } from '@valetkey-internal/testing'
import * as z from 'zod'
import { APP, type ClientsWorld, PHONE } from './clients-world.ts'

/** A web app that has its logins from `@auth0/auth0-auth-js`. */
export interface Auth0App {
  readonly auth: AuthClient
  /** A whole login through the app's Google button. */
  readonly logIn: (request: LoginRequest) => Promise<Login>
  /** Connects an account over the My Account API, with the requests of `@auth0/nextjs-auth0`. */
  readonly connect: (request: ConnectRequest) => Promise<z.infer<typeof ConnectedAccount>>
  /** The user's word, given in an app of its own, on what was asked by CIBA; there is one such request. */
  readonly decide: (user: string, decision: 'approve' | 'deny') => Promise<Approval>
}

export interface LoginRequest {
  readonly user: string
  /** Default: `direct`, everything in the query. */
  readonly request?: 'direct' | 'pushed'
  readonly parameters?: Readonly<Record<string, string>>
  readonly browser?: Browser
}

export interface Login {
  readonly tokens: TokenResponse
  readonly refreshToken: string
  /** The vault's id of the user. */
  readonly userId: string
}

export interface ConnectRequest {
  readonly refreshToken: string
  readonly user: string
  readonly connection: string
  readonly scopes: readonly string[]
}

const StartedConnect = z.object({
  auth_session: z.string(),
  connect_uri: z.url(),
  connect_params: z.object({ ticket: z.string() }),
  expires_in: z.number(),
})

const ConnectedAccount = z.object({
  id: z.string().regex(/^cac_[A-Za-z0-9]+$/),
  connection: z.string(),
  access_type: z.literal('offline'),
  scopes: z.array(z.string()),
  created_at: z.iso.datetime(),
})

const Approval = z.object({
  id: z.string(),
  client_id: z.string(),
  scope: z.string(),
  resources: z.array(z.string()),
  binding_message: z.string(),
})
export type Approval = z.infer<typeof Approval>

export function createAuth0App(world: ClientsWorld): Auth0App {
  const newAuth = ({ clientId, clientSecret, redirectUri }: typeof APP | typeof PHONE) =>
    new AuthClient({
      domain: world.domain,
      clientId,
      clientSecret,
      authorizationParams: { redirect_uri: redirectUri },
    })
  const auth = newAuth(APP)
  const phone = newAuth(PHONE)

  const logInWith = async (
    client: AuthClient,
    { user, request = 'direct', parameters = {}, browser }: LoginRequest,
  ): Promise<Login> => {
    const { authorizationUrl, codeVerifier } = await client.buildAuthorizationUrl({
      pushedAuthorizationRequests: request === 'pushed',
      authorizationParams: { connection: 'google-oauth2', login_hint: user, ...parameters },
    })
    const callback = await world.browse(authorizationUrl, browser)
    const tokens = await client.getTokenByCode(callback, { codeVerifier })
    const { refreshToken, claims } = tokens
    if (refreshToken === undefined || claims === undefined) {
      throw new Error('A login gives a refresh token and an ID token')
    }
    return { tokens, refreshToken, userId: claims.sub }
  }

  /** A request to the My Account API on behalf of whoever logged in. */
  const me = async (
    client: AuthClient,
    refreshToken: string,
    path: string,
    body?: unknown,
  ): Promise<Response> => {
    const { accessToken } = await client.exchangeToken({
      subjectToken: refreshToken,
      subjectTokenType: 'urn:ietf:params:oauth:token-type:refresh_token',
      audience: `${world.issuer}me/`,
    })
    const response = await fetch(`${world.issuer}me/v1/${path}`, {
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
    return response
  }

  return {
    auth,
    logIn: async (request) => await logInWith(auth, request),
    connect: async ({ refreshToken, user, connection, scopes }) => {
      const state = randomBytes(16).toString('base64url')
      const codeVerifier = randomBytes(32).toString('base64url')
      const started = await me(auth, refreshToken, 'connected-accounts/connect', {
        connection,
        redirect_uri: APP.redirectUri,
        state,
        code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
        code_challenge_method: 'S256',
        scopes,
        authorization_params: { login_hint: user },
      })
      const { auth_session, connect_uri, connect_params } = StartedConnect.parse(
        await started.json(),
      )
      // Joined as nextjs-auth0 does it: `connect_uri` must have no query of its own.
      const callback = await world.browse(
        `${connect_uri}?ticket=${encodeURIComponent(connect_params.ticket)}`,
      )
      if (callback.searchParams.get('state') !== state) throw new Error(`state: ${callback.href}`)
      const completed = await me(auth, refreshToken, 'connected-accounts/complete', {
        auth_session,
        connect_code: callback.searchParams.get('connect_code'),
        redirect_uri: APP.redirectUri,
        code_verifier: codeVerifier,
      })
      return ConnectedAccount.parse(await completed.json())
    },
    decide: async (user, decision) => {
      const { refreshToken } = await logInWith(phone, { user })
      const listed = await me(phone, refreshToken, 'approvals')
      const { approvals } = z.object({ approvals: z.array(Approval) }).parse(await listed.json())
      const [approval] = approvals
      if (approval === undefined) throw new Error('Nothing waits for a decision')
      await me(phone, refreshToken, `approvals/${approval.id}`, { decision })
      return approval
    },
  }
}
