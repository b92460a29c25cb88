import { ValetKeyError, type ValetKeyClient } from '@valetkey/core'
import { clientAuthentication } from '@valetkey/core/adapter'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  customFetch,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  tokenRevocation,
} from 'openid-client'
import { fromOpenIdClient, boundedFetch } from './from-openid-client.ts'
import { loginSessionOf, type SessionUser, userOf } from './session.ts'

/** What the browser keeps, unreadable to it, while its user logs in. */
export interface LoginChecks {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

/** A login that has begun. */
export interface StartedLogin extends LoginChecks {
  /** Where to send the browser. */
  readonly url: string
}

/** Who came back, and the token that says so to the vault. */
export interface FinishedLogin {
  readonly user: SessionUser
  readonly refreshToken: string
  readonly loginSession: string | undefined
}

/** A token for the My Account API, and the refresh token's successor where it was rotated. */
export interface RedeemedLogin {
  readonly accessToken: string
  readonly refreshToken: string | undefined
}

/**
 * Logging in with the vault, or an Auth0 tenant, as OpenID provider. Everything rejects with a
 * `ValetKeyError`; `login_required` means that the code or the refresh token is good for nothing.
 */
export interface VaultLogin {
  /** An authorization request: code, PKCE, state, nonce (OpenID Connect Core section 3.1.2.1). */
  start(redirectUri: string, parameters: Readonly<Record<string, string>>): Promise<StartedLogin>
  /** Redeems the code. `answer` is the query that came back, attacker-controlled. */
  finish(redirectUri: string, answer: URLSearchParams, checks: LoginChecks): Promise<FinishedLogin>
  /** Redeems the refresh token for the My Account API, as an Auth0 tenant has it. */
  redeem(refreshToken: string): Promise<RedeemedLogin>
  /** Makes the refresh token useless (RFC 7009). */
  revoke(refreshToken: string): Promise<void>
  /** Where the browser logs out (OpenID Connect RP-Initiated Logout); `undefined` where there is none. */
  endSessionUrl(returnTo: string, loginSession: string | undefined): Promise<string | undefined>
}

const myAccountScopes = ['create', 'read', 'delete'].map((verb) => `${verb}:me:connected_accounts`)

/** Makes the {@link VaultLogin}; the provider's metadata is fetched once. */
export function createVaultLogin(vault: ValetKeyClient['vault']): VaultLogin {
  let configuration: Promise<Configuration> | undefined
  const configure = async (): Promise<Configuration> => {
    configuration ??= discover(vault)
    try {
      return await configuration
    } catch (error) {
      configuration = undefined // the next request may find it
      throw error
    }
  }
  const ask = async <Value>(action: (found: Configuration) => Promise<Value>): Promise<Value> => {
    try {
      return await action(await configure())
    } catch (error) {
      throw fromOpenIdClient(error, vault.settings().address.issuer)
    }
  }

  return {
    start: async (redirectUri, parameters) =>
      await ask(async (found) => {
        const checks = {
          state: randomState(),
          nonce: randomNonce(),
          codeVerifier: randomPKCECodeVerifier(),
        }
        const url = buildAuthorizationUrl(found, {
          ...parameters,
          redirect_uri: redirectUri,
          state: checks.state,
          nonce: checks.nonce,
          code_challenge: await calculatePKCECodeChallenge(checks.codeVerifier),
          code_challenge_method: 'S256',
        })
        return { ...checks, url: url.href }
      }),
    finish: async (redirectUri, answer, { state, nonce, codeVerifier }) =>
      await ask(async (found) => {
        // Not the request's own URL: behind a proxy that is another one.
        const returned = new URL(`${redirectUri}?${answer}`)
        const tokens = await authorizationCodeGrant(found, returned, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
        })
        const claims = tokens.claims() ?? {}
        const user = userOf(claims)
        const { refresh_token: refreshToken } = tokens
        if (user === undefined) throw new ValetKeyError('protocol_error', 'The login has no user.')
        if (refreshToken === undefined) {
          throw new ValetKeyError(
            'client_misconfigured',
            'The login gave no refresh token: allow the client refresh tokens (offline_access).',
          )
        }
        return { user, refreshToken, loginSession: loginSessionOf(claims) }
      }),
    redeem: async (refreshToken) =>
      await ask(async (found) => {
        const tokens = await refreshTokenGrant(found, refreshToken, {
          audience: vault.settings().address.myAccountAudience,
          scope: myAccountScopes.join(' '),
        })
        return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token }
      }),
    revoke: async (refreshToken) =>
      await ask(async (found) => {
        if (found.serverMetadata().revocation_endpoint === undefined) return
        await tokenRevocation(found, refreshToken, { token_type_hint: 'refresh_token' })
      }),
    endSessionUrl: async (returnTo, loginSession) =>
      await ask(async (found) => {
        if (found.serverMetadata().end_session_endpoint === undefined) return undefined
        return buildEndSessionUrl(found, {
          post_logout_redirect_uri: returnTo,
          ...(loginSession === undefined ? {} : { logout_hint: loginSession }),
        }).href
      }),
  }
}

async function discover(vault: ValetKeyClient['vault']): Promise<Configuration> {
  const { address, clientId, credential, timeoutSeconds } = vault.settings()
  const authentication = await clientAuthentication(credential)
  return await discovery(new URL(address.issuer), clientId, undefined, authentication, {
    timeout: timeoutSeconds,
    execute: address.isInsecureLoopback ? [allowInsecureRequests] : [],
    [customFetch]: boundedFetch(vault.runtime, address.issuer),
  })
}
