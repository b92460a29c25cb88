import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider'

import type { Client } from '../../domain/client.ts'
import { parseStrictJson } from '../../domain/parse-strict-json.ts'
import type { ApiStore } from '../../ports/api-store.ts'
import type { AuthorizationServer } from '../../ports/authorization-server.ts'
import type { ClientStore } from '../../ports/client-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { OutboundFetch } from '../../ports/outbound-fetch.ts'
import type { ProfileStore } from '../../ports/profile-store.ts'
import type { Runtime } from '../../ports/runtime.ts'
import type { UserStore } from '../../ports/user-store.ts'
import { DPOP_ALGORITHMS } from '../create-dpop-verifier.ts'
import { isObject } from '../read-jwt.ts'
import type { SigningKey } from '../signing-keys.ts'
import { KEEP_REFRESH_TOKEN_HEADER } from './forward.ts'
import { guardedFetch } from './guarded-fetch.ts'
import { loadGrant } from './load-grant.ts'
import { loginPolicy } from './login-policy.ts'
import { resourceServerOf } from './resource-server.ts'
import { showPage, xsrfOf } from './show-page.ts'

export interface OidcConfigurationOptions {
  readonly tenant: string
  readonly issuer: string
  readonly clients: ClientStore
  readonly apis: ApiStore
  readonly users: UserStore
  readonly profiles: ProfileStore
  readonly outboundFetch: OutboundFetch
  readonly runtime: Pick<Runtime, 'now'>
  readonly logger: Logger
  readonly adapter: NonNullable<Configuration['adapter']>
  readonly keys: readonly SigningKey[]
  /** For the signatures of cookies. */
  readonly cookieKey: string
  /** For DPoP nonces, 32 bytes; the same in every process. */
  readonly nonceSecret: Buffer
  readonly sessionSeconds: number
  /** What waits for a user's decision. */
  readonly listBackchannel: AuthorizationServer['listBackchannel']
  /** Names the grant that an access token came from, for whoever checks later whether it still stands. */
  readonly grantClaims: (grantId: string) => Readonly<Record<string, string>>
}

/** Between 5 and 15 minutes (RV-45). */
const ACCESS_TOKEN_SECONDS = 600
const ID_TOKEN_SECONDS = 3_600
const CODE_SECONDS = 60
const DEVICE_CODE_SECONDS = 900
const INTERACTION_SECONDS = 1_800
const BACKCHANNEL_SECONDS = 300
/** Of one client, for one user: more would be pressing them until they say yes (RV-83, T21). */
const MAX_WAITING = 5
/** As Auth0 has it (wire: CIBA). */
const MAX_BACKCHANNEL_SECONDS = 259_200

export const ROUTES = {
  authorization: '/authorize',
  pushed_authorization_request: '/oauth/par',
  token: '/oauth/token',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  userinfo: '/userinfo',
  jwks: '/.well-known/jwks.json',
  device_authorization: '/oauth/device/code',
  code_verification: '/activate',
  backchannel_authentication: '/bc-authorize',
  end_session: '/oidc/logout',
} as const

/** How oidc-provider is set up: everything that it leaves open is decided here. */
export function oidcConfiguration(options: OidcConfigurationOptions): Configuration {
  const { issuer, clients, tenant, users, profiles } = options
  const isSecure = issuer.startsWith('https:')
  const clientOf = async (id: string): Promise<Client> => {
    const client = await clients.find({ tenant, clientId: id })
    if (client === undefined)
      throw new errors.InvalidClient('client is invalid', 'client not found')
    return client
  }
  return {
    adapter: options.adapter,
    routes: ROUTES,
    jwks: {
      keys: options.keys.map(({ privateJwk }) => ({ ...privateJwk, kty: privateJwk.kty ?? '' })),
    },
    fetch: guardedFetch(options.outboundFetch),

    // What may be asked for.
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'picture'],
      email: ['email', 'email_verified'],
      acr: null,
      amr: null,
      auth_time: null,
      iss: null,
      sid: null,
    },
    // Auth0's clients read a name from the ID token.
    conformIdTokenClaims: false,
    extraParams: ['connection', 'connection_scope', 'access_type'],
    pkce: { required: () => true },
    clientAuthMethods: ['client_secret_post', 'none'],
    allowOmittingSingleRegisteredRedirectUri: false,
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256'],
      dPoPSigningAlgValues: [...DPOP_ALGORITHMS],
    },
    clientBasedCORS: () => false,

    // Who is logged in.
    findAccount: async (_ctx, userId) => {
      const known = await users.findByIdentity({
        tenant,
        identity: { issuer, subject: userId },
      })
      if (known === undefined) return undefined
      return {
        accountId: userId,
        claims: async () => {
          const { isEmailVerified = false, ...profile } = await profiles.find(userId)
          const verified = profile.email === undefined ? {} : { email_verified: isEmailVerified }
          return { ...profile, ...verified, sub: userId }
        },
      }
    },
    interactions: { policy: loginPolicy(clientOf), url: (_ctx, { uid }) => `/login/${uid}` },
    loadExistingGrant: async (ctx) => await loadGrant(ctx, clientOf),
    cookies: {
      keys: [options.cookieKey],
      // R13: `__Host-` is for cookies of the whole site; those of one path can only be `__Secure-`.
      names: {
        session: sessionCookieName(issuer),
        interaction: `${isSecure ? '__Secure-' : ''}valetkey-interaction`,
        resume: `${isSecure ? '__Secure-' : ''}valetkey-resume`,
      },
      long: { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/' },
      short: { httpOnly: true, sameSite: 'lax', secure: isSecure },
    },

    // How long things live.
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? ACCESS_TOKEN_SECONDS,
      AuthorizationCode: CODE_SECONDS,
      BackchannelAuthenticationRequest: (ctx) =>
        Math.min(
          MAX_BACKCHANNEL_SECONDS,
          Number(ctx?.oidc.params?.['requested_expiry'] ?? BACKCHANNEL_SECONDS),
        ),
      DeviceCode: DEVICE_CODE_SECONDS,
      Grant: MAX_GRANT_SECONDS,
      IdToken: ID_TOKEN_SECONDS,
      Interaction: INTERACTION_SECONDS,
      RefreshToken: (ctx, _token, client) => refreshTokenSeconds(ctx, client),
      // Before anybody has logged in it only holds the secret of a form.
      Session: (_ctx, { accountId }) =>
        accountId === undefined
          ? Math.min(INTERACTION_SECONDS, options.sessionSeconds)
          : options.sessionSeconds,
    },
    rotateRefreshToken: async (ctx) => {
      if (ctx.get(KEEP_REFRESH_TOKEN_HEADER) !== '') return false
      const client = await clientOf(requireClientId(ctx))
      return client.refreshTokens.rotation === 'always'
    },
    extraClientMetadata: {
      properties: ['refresh_token_seconds'],
      validator: () => {},
    },
    extraTokenClaims: (_ctx, token) =>
      'grantId' in token && typeof token.grantId === 'string'
        ? options.grantClaims(token.grantId)
        : undefined,

    renderError: (ctx, { error }) => showPage(ctx, { page: 'error', error }),

    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: options.nonceSecret, requireNonce: () => true },
      pushedAuthorizationRequests: { enabled: true },
      revocation: {
        enabled: true,
        // A foreign token is none of the caller's business: as if it were unknown (RV-11).
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) =>
          client.clientAuthMethod !== 'none' && token.clientId === client.clientId,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx) =>
          showPage(ctx, {
            page: 'logout',
            xsrf: xsrfOf(ctx),
            clientName: ctx.oidc.client?.clientName,
          }),
        postLogoutSuccessSource: (ctx) => showPage(ctx, { page: 'logged_out' }),
      },
      backchannelLogout: { enabled: true },
      deviceFlow: {
        enabled: true,
        charset: 'base-20',
        mask: '****-****',
        userCodeInputSource: (ctx, _form, _out, error) =>
          showPage(ctx, { page: 'device_code', xsrf: xsrfOf(ctx), problem: problemOf(error) }),
        userCodeConfirmSource: (ctx, _form, client, _deviceInfo, userCode) =>
          showPage(ctx, {
            page: 'device_confirm',
            xsrf: xsrfOf(ctx),
            userCode,
            clientName: client.clientName ?? client.clientId,
          }),
        successSource: (ctx) =>
          showPage(ctx, {
            page: 'device_done',
            clientName: ctx.oidc.client?.clientName ?? ctx.oidc.client?.clientId ?? '',
          }),
      },
      ciba: {
        enabled: true,
        deliveryModes: ['poll'],
        processLoginHint: async (_ctx, hint) => userOfLoginHint(hint ?? '', issuer),
        processLoginHintToken: async () => {
          throw new errors.InvalidRequest('login_hint_token is not supported')
        },
        verifyUserCode: async (ctx, { accountId: userId }, userCode) => {
          if (userCode !== undefined) throw new errors.InvalidRequest('user_code is not supported')
          const clientId = requireClientId(ctx)
          const waiting = await options.listBackchannel({ userId })
          if (waiting.filter((one) => one.clientId === clientId).length < MAX_WAITING) return
          throw new errors.TemporarilyUnavailable('too many requests wait for this user')
        },
        validateRequestContext: async () => {},
        validateBindingMessage: async (_ctx, message) => {
          if (message === undefined || BINDING_MESSAGE.test(message)) return
          throw new errors.InvalidBindingMessage(
            'binding_message takes 1 to 64 letters, digits, spaces and +-_.,:#',
          )
        },
        // The request waits in the store until its user decides.
        triggerAuthenticationDevice: async () => {},
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => (Array.isArray(oneOf) ? (oneOf[0] ?? []) : []),
        // Who logged in for an API gets its tokens, without naming it again (as Auth0's clients expect).
        useGrantedResource: () => true,
        getResourceServerInfo: async (_ctx, identifier, client) =>
          await resourceServerOf(options, identifier, await clientOf(client.clientId)),
      },
    },
  }
}

export function sessionCookieName(issuer: string): string {
  return `${issuer.startsWith('https:') ? '__Host-' : ''}valetkey-session`
}

/** CIBA section 7.1: shown to a person, so short and plain (RV-82). */
const BINDING_MESSAGE = /^[A-Za-z0-9+\-_.,:# ]{1,64}$/

/** Longer than any refresh token that may come of it. */
const MAX_GRANT_SECONDS = 315_360_000

function refreshTokenSeconds(
  ctx: KoaContextWithOIDC,
  client: { readonly [key: string]: unknown },
): number {
  const rotated = ctx.oidc.entities.RotatedRefreshToken
  if (rotated !== undefined) return Math.max(1, rotated.remainingTTL)
  const seconds = client['refresh_token_seconds']
  return typeof seconds === 'number' ? seconds : ACCESS_TOKEN_SECONDS
}

function requireClientId(ctx: KoaContextWithOIDC): string {
  const { client } = ctx.oidc
  if (client === undefined) throw new errors.InvalidClient('client is invalid', 'client not found')
  return client.clientId
}

/** `{"format":"iss_sub","iss":…,"sub":…}` as Auth0's clients send it, or the user's id alone (CIBA section 7.1). */
function userOfLoginHint(hint: string, issuer: string): string | undefined {
  if (!hint.startsWith('{')) return hint
  const json = parseStrictJson(hint)
  if (!isObject(json) || json['iss'] !== issuer) return undefined
  const { sub } = json
  return typeof sub === 'string' ? sub : undefined
}

function problemOf(error: unknown): 'wrong_code' | 'aborted' | 'failed' | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'AbortedError') return 'aborted'
  return ['NoCodeError', 'NotFoundError', 'ExpiredError', 'AlreadyUsedError'].includes(error.name)
    ? 'wrong_code'
    : 'failed'
}
