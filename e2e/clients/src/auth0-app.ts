import { createHash, randomBytes } from 'node:crypto'
import { AuthClient, type TokenResponse } from '@auth0/auth0-auth-js'
import type { Browser } from '@valetkey-internal/testing'
import * as z from 'zod'
import { APP, type ClientsWorld } from './clients-world.ts'

/** A web app that has its logins from `@auth0/auth0-auth-js`. */
export interface Auth0App {
  readonly auth: AuthClient
  /** A whole login through the app's Google button. */
  readonly logIn: (request: LoginRequest) => Promise<Login>
  /** Connects an account over the My Account API, with the requests of `@auth0/nextjs-auth0`. */
  readonly connect: (request: ConnectRequest) => Promise<z.infer<typeof ConnectedAccount>>
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
  /** For the connected-accounts API. */
  readonly accessToken: string
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

export function createAuth0App(world: ClientsWorld): Auth0App {
  const auth = new AuthClient({
    domain: world.domain,
    clientId: APP.clientId,
    clientSecret: APP.clientSecret,
    authorizationParams: { redirect_uri: APP.redirectUri },
  })

  return {
    auth,
    logIn: async ({ user, request = 'direct', parameters = {}, browser }) => {
      const { authorizationUrl, codeVerifier } = await auth.buildAuthorizationUrl({
        pushedAuthorizationRequests: request === 'pushed',
        authorizationParams: { connection: 'google-oauth2', login_hint: user, ...parameters },
      })
      const callback = await world.browse(authorizationUrl, browser)
      const tokens = await auth.getTokenByCode(callback, { codeVerifier })
      const { refreshToken, claims } = tokens
      if (refreshToken === undefined || claims === undefined) {
        throw new Error('A login gives a refresh token and an ID token')
      }
      return { tokens, refreshToken, userId: claims.sub }
    },
    connect: async ({ accessToken, user, connection, scopes }) => {
      const state = randomBytes(16).toString('base64url')
      const codeVerifier = randomBytes(32).toString('base64url')
      const post = async (path: string, body: unknown): Promise<unknown> => {
        const response = await fetch(`${world.issuer}me/v1/connected-accounts/${path}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${accessToken}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify(body),
        })
        if (response.status !== 201) throw new Error(`${path}: ${await response.text()}`)
        return await response.json()
      }
      const started = StartedConnect.parse(
        await post('connect', {
          connection,
          redirect_uri: APP.redirectUri,
          state,
          code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
          code_challenge_method: 'S256',
          scopes,
          authorization_params: { login_hint: user },
        }),
      )
      // Joined as nextjs-auth0 does it: `connect_uri` must have no query of its own.
      const { ticket } = started.connect_params
      const callback = await world.browse(
        `${started.connect_uri}?ticket=${encodeURIComponent(ticket)}`,
      )
      if (callback.searchParams.get('state') !== state) throw new Error(`state: ${callback.href}`)
      return ConnectedAccount.parse(
        await post('complete', {
          auth_session: started.auth_session,
          connect_code: callback.searchParams.get('connect_code'),
          redirect_uri: APP.redirectUri,
          code_verifier: codeVerifier,
        }),
      )
    },
  }
}
