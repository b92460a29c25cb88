import type {
  AccessTokenFacts,
  ProviderDefinition,
  ProviderIdentity,
  ProviderRevocation,
  RefreshTokenFacts,
} from './provider-definition.ts'

/** What the caller knows of an OAuth 2.0 provider that is not in the catalog. */
export interface CustomOAuth2Options {
  /** Lower-case letters, digits and hyphens, up to 64, beginning with a letter or digit. */
  readonly id: string
  /** What a person calls it. Default: the id. */
  readonly name?: string | undefined
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  /** RFC 7009. `scope` defaults to `token`. Default: none. */
  readonly revocation?:
    | {
        readonly endpoint: string
        readonly style?: ProviderRevocation['style'] | undefined
        readonly scope?: ProviderRevocation['scope'] | undefined
      }
    | undefined
  /** Default: `client_secret_basic`, which every server must support (RFC 6749 section 2.3.1). */
  readonly clientAuthentication?: ProviderDefinition['clientAuthentication'] | undefined
  /** Default: `S256`. */
  readonly pkce?: ProviderDefinition['pkce'] | undefined
  /** Default: a space (RFC 6749 section 3.3). */
  readonly scopeSeparator?: ProviderDefinition['scopeSeparator'] | undefined
  /** Default: none. `client_id`, `redirect_uri`, `state` and the like are the vault's and refused here. */
  readonly authorizationParameters?: Readonly<Record<string, string>> | undefined
  /** Scopes without which no refresh token is issued. Default: none. */
  readonly scopesForRefresh?: readonly string[] | undefined
  /** See {@link ProviderDefinition.impliedScopes}. Default: every scope covers itself alone. */
  readonly impliedScopes?: Readonly<Record<string, readonly string[]>> | undefined
  /** See {@link ProviderDefinition.scopeTexts}. Default: scopes are shown by their names. */
  readonly scopeTexts?: Readonly<Record<string, string>> | undefined
  /** Default: as the response states. */
  readonly accessToken?: AccessTokenFacts | undefined
  /** Default: issued, rotates, strict, no grace: the choice that is safe when it is wrong. */
  readonly refreshToken?: RefreshTokenFacts | undefined
  /** Codes beyond `invalid_grant` that end a refresh token. Default: none. */
  readonly refreshErrorCodes?: readonly string[] | undefined
  /** Where the stable account id is. */
  readonly identity: ProviderIdentity
  /** See {@link ProviderDefinition.apiOrigins}. At least one. */
  readonly apiOrigins: readonly string[]
  /** See {@link ProviderDefinition.consentOrigins}. */
  readonly consentOrigins?: readonly string[] | undefined
  /** @deprecated for local development only: allows `http:` on 127.0.0.1, [::1] and localhost. */
  readonly dangerouslyAllowInsecureLoopback?: true | undefined
}

/** What the caller knows of an OpenID Connect provider that is not in the catalog. */
export interface CustomOidcOptions extends Omit<CustomOAuth2Options, 'identity'> {
  /** Exactly as in its ID tokens. */
  readonly issuer: string
  readonly jwksUri: string
  /** `always` when its metadata has `authorization_response_iss_parameter_supported` (RFC 9207). Default: not known. */
  readonly callbackIssuer?: 'always' | undefined
  /** Claims that name the account to a person. Default: `email`, `preferred_username`, `name`. */
  readonly labelClaims?: readonly string[] | undefined
}

/**
 * A definition of an OAuth 2.0 provider that is not in the catalog, checked.
 *
 * @throws {TypeError} naming the option that is wrong
 */
export function customOAuth2(options: CustomOAuth2Options): ProviderDefinition {
  return define(options, options.identity)
}

/**
 * A definition of an OpenID Connect provider that is not in the catalog, checked.
 * The account id is the ID token's `sub`.
 *
 * @throws {TypeError} naming the option that is wrong
 */
export function customOidc(options: CustomOidcOptions): ProviderDefinition {
  const insecure = options.dangerouslyAllowInsecureLoopback === true
  requireEndpoint('issuer', options.issuer, insecure)
  requireEndpoint('jwksUri', options.jwksUri, insecure)
  const definition = define(options, {
    source: 'id_token',
    labelClaims: options.labelClaims ?? ['email', 'preferred_username', 'name'],
  })
  return {
    ...definition,
    issuer: options.issuer,
    jwksUri: options.jwksUri,
    ...(options.callbackIssuer && { callbackIssuer: options.callbackIssuer }),
  }
}

function define(
  options: Omit<CustomOAuth2Options, 'identity'>,
  identity: ProviderIdentity,
): ProviderDefinition {
  const insecure = options.dangerouslyAllowInsecureLoopback === true
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(options.id)) {
    throw new TypeError(
      `"id" must be lower-case letters, digits and hyphens, not ${JSON.stringify(options.id)}`,
    )
  }
  requireEndpoint('authorizationEndpoint', options.authorizationEndpoint, insecure)
  requireEndpoint('tokenEndpoint', options.tokenEndpoint, insecure)
  if (options.revocation !== undefined) {
    requireEndpoint('revocation.endpoint', options.revocation.endpoint, insecure)
  }
  if (identity.source === 'userinfo') {
    requireEndpoint('identity.endpoint', identity.endpoint, insecure)
  }
  if (identity.source === 'token_response' && identity.idPaths.length === 0) {
    throw new TypeError('"identity.idPaths" must name at least one path')
  }
  if (options.apiOrigins.length === 0) {
    throw new TypeError(
      '"apiOrigins" must name at least one origin, such as https://api.example.com',
    )
  }
  for (const origin of options.apiOrigins) requireApiOrigin(origin, insecure)
  for (const name of Object.keys(options.authorizationParameters ?? {})) {
    if (RESERVED_PARAMETERS.has(name)) {
      throw new TypeError(`"authorizationParameters" may not set ${JSON.stringify(name)}`)
    }
  }
  for (const scope of Object.entries(options.impliedScopes ?? {}).flat(2)) {
    if (!SCOPE_TOKEN.test(scope)) {
      throw new TypeError(`"impliedScopes" must hold single scopes, not ${JSON.stringify(scope)}`)
    }
  }
  requireLifetimes(options.accessToken, options.refreshToken)

  return {
    id: options.id,
    name: options.name ?? options.id,
    authorizationEndpoint: options.authorizationEndpoint,
    tokenEndpoint: options.tokenEndpoint,
    ...(options.revocation && {
      revocation: {
        endpoint: options.revocation.endpoint,
        style: options.revocation.style ?? 'rfc7009',
        scope: options.revocation.scope ?? 'token',
      },
    }),
    clientAuthentication: options.clientAuthentication ?? 'client_secret_basic',
    tokenRequestBody: 'form',
    pkce: options.pkce ?? 'S256',
    scopeParameter: 'scope',
    scopeSeparator: options.scopeSeparator ?? ' ',
    grantedScopeSeparator: options.scopeSeparator ?? ' ',
    ...(options.authorizationParameters && {
      authorizationParameters: { ...options.authorizationParameters },
    }),
    ...(options.scopesForRefresh && { scopesForRefresh: [...options.scopesForRefresh] }),
    ...(options.scopeTexts && { scopeTexts: { ...options.scopeTexts } }),
    ...(options.impliedScopes && {
      impliedScopes: Object.fromEntries(
        Object.entries(options.impliedScopes).map(([scope, covered]) => [scope, [...covered]]),
      ),
    }),
    accessToken: options.accessToken ?? { expiry: 'as_stated' },
    refreshToken:
      options.refreshToken ??
      (options.scopesForRefresh
        ? { issued: 'conditional', condition: 'scope', rotation: 'strict' }
        : { issued: 'default', rotation: 'strict' }),
    tokenResponse: {
      shape: 'standard',
      format: 'json',
      errors: 'status',
      scope: 'absent_as_granted',
      refreshErrorCodes: [...(options.refreshErrorCodes ?? [])],
      clientErrorCodes: [],
      codeErrorCodes: [],
    },
    identity,
    apiOrigins: [...options.apiOrigins],
    ...(options.consentOrigins && { consentOrigins: [...options.consentOrigins] }),
  }
}

/** What every authorization request sets by itself; a fixed value would break or weaken the flow. */
const RESERVED_PARAMETERS = new Set([
  'client_id',
  'client_secret',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'user_scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
])

/** RFC 6749 section 3.3. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '[::1]', 'localhost'])

function requireEndpoint(option: string, value: string, insecureLoopback: boolean): void {
  const url = URL.parse(value)
  if (url === null) throw new TypeError(`"${option}" must be a URL, not ${JSON.stringify(value)}`)
  if (url.username !== '' || url.password !== '') {
    throw new TypeError(`"${option}" must not contain a user name or password`)
  }
  if (url.hash !== '') {
    // RFC 6749 sections 3.1 and 3.2
    throw new TypeError(`"${option}" must not contain a fragment`)
  }
  if (url.protocol === 'https:') return
  if (url.protocol === 'http:' && insecureLoopback && LOOPBACK_HOSTS.has(url.hostname)) return
  throw new TypeError(`"${option}" must be an https URL, not ${JSON.stringify(value)}`)
}

function requireApiOrigin(value: string, insecureLoopback: boolean): void {
  requireEndpoint('apiOrigins', value, insecureLoopback)
  const url = new URL(value)
  if (url.search !== '' || (value !== url.origin && !url.href.endsWith('/'))) {
    throw new TypeError(
      `"apiOrigins" must hold origins, or origins with a path prefix that ends in "/", not ${JSON.stringify(value)}`,
    )
  }
  if (url.hostname.includes('*')) {
    throw new TypeError('"apiOrigins" must name hosts exactly: a wildcard would leak tokens')
  }
}

function requireLifetimes(
  accessToken: AccessTokenFacts | undefined,
  refreshToken: RefreshTokenFacts | undefined,
): void {
  if (accessToken !== undefined && 'lifetimeSeconds' in accessToken) {
    requirePositive('accessToken.lifetimeSeconds', accessToken.lifetimeSeconds)
  }
  if (refreshToken === undefined || refreshToken.issued === 'never') return
  if (refreshToken.rotation === 'grace') {
    requirePositive('refreshToken.graceSeconds', refreshToken.graceSeconds)
  }
  requirePositive('refreshToken.absoluteLifetimeSeconds', refreshToken.absoluteLifetimeSeconds)
  requirePositive('refreshToken.idleLifetimeSeconds', refreshToken.idleLifetimeSeconds)
}

function requirePositive(option: string, value: number | undefined): void {
  if (value === undefined) return
  if (!Number.isInteger(value) || value < 1) {
    throw new TypeError(`"${option}" must be a positive number of whole seconds`)
  }
}
