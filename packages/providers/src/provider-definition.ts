/**
 * What the vault has to know about a provider, as facts: no functions, no branches on `id`.
 * Anything odd about a provider is a named value here, which the vault's engine and the emulator
 * both interpret.
 */
export interface ProviderDefinition {
  /** Lower-case letters, digits and hyphens; unique in the catalog. */
  readonly id: string
  /** What a person calls it. */
  readonly name: string
  /** OpenID Connect issuer, exactly as in its ID tokens. Present when it returns ID tokens. */
  readonly issuer?: string | undefined
  /** Where the keys of its ID tokens are. Present together with `issuer`. */
  readonly jwksUri?: string | undefined
  /**
   * `always`: every authorization response carries `iss`, equal to `issuer` (RFC 9207), so that one without it is
   * somebody else's. Absent: it may, and is compared when it does.
   */
  readonly callbackIssuer?: 'always' | undefined
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  /** Absent when the provider offers none, or none is confirmed. */
  readonly revocation?: ProviderRevocation | undefined
  /** How the client proves itself at the token endpoint, RFC 6749 section 2.3.1. */
  readonly clientAuthentication: 'client_secret_post' | 'client_secret_basic'
  /** Encoding of the token request's body. */
  readonly tokenRequestBody: 'form' | 'json'
  /** Headers that the provider wants on every request to its token and revocation endpoints. */
  readonly requestHeaders?: Readonly<Record<string, string>> | undefined
  /** RFC 7636, for a client that also has a secret. */
  readonly pkce: 'S256' | 'unsupported'
  /** The authorization parameter that carries the scopes a user grants. */
  readonly scopeParameter: 'scope' | 'user_scope'
  /** Between scopes in an authorization request. */
  readonly scopeSeparator: ' ' | ','
  /** Between scopes in a token response. */
  readonly grantedScopeSeparator: ' ' | ',' | 'comma_or_space'
  /** Sent with every authorization request. */
  readonly authorizationParameters?: Readonly<Record<string, string>> | undefined
  /** Scopes without which no refresh token is issued, such as `offline_access`. */
  readonly scopesForRefresh?: readonly string[] | undefined
  /**
   * What a granted scope covers beyond itself, by its name; what that covers in turn need not be repeated. Of scopes
   * that cover each other, which are names of one thing, the provider answers with the one that is listed first.
   * Only what is documented: a scope too many here hands out a token that cannot do what was asked for.
   */
  readonly impliedScopes?: Readonly<Record<string, readonly string[]>> | undefined
  /** What a scope allows, for people, in the provider's own words or close to them. A scope without is shown by name. */
  readonly scopeTexts?: Readonly<Record<string, string>> | undefined
  readonly accessToken: AccessTokenFacts
  readonly refreshToken: RefreshTokenFacts
  readonly tokenResponse: TokenResponseFacts
  /** Where the stable id and the label of the provider account are found. */
  readonly identity: ProviderIdentity
  /**
   * Where its access tokens may be sent: an origin (`https://api.example.com`), or an origin with a
   * path prefix that ends in a slash (`https://example.com/api/`). Hosts are compared exactly.
   */
  readonly apiOrigins: readonly string[]
  /** How its APIs say "this token is no good" other than by status 401. */
  readonly apiUnauthorized?: ApiUnauthorized | undefined
  /**
   * CSP sources that a page must allow in `form-action` so that the browser can follow the redirect
   * to the provider after a POST. Absent: the origin of `authorizationEndpoint`.
   */
  readonly consentOrigins?: readonly string[] | undefined
  /**
   * Dotted names of the facts above that rest on belief, not on the provider's documentation.
   * They are the cautious choice: code that relies on one should bear it being otherwise.
   */
  readonly unconfirmed?: readonly string[] | undefined
}

/** How a token is revoked, and what goes with it. */
export interface ProviderRevocation {
  /** May contain `{client_id}`. */
  readonly endpoint: string
  /**
   * `rfc7009`: form POST of `token` with client authentication (RFC 7009 section 2.1).
   * `post_json_with_basic`: the same with a JSON body `{ "token" }` and HTTP Basic.
   * `delete_json_with_basic`: DELETE with a JSON body `{ "access_token" }` and HTTP Basic; takes access tokens only.
   * `post_with_bearer`: POST with the token itself as bearer; answers 200 `{ "ok": true }`.
   */
  readonly style: 'rfc7009' | 'post_json_with_basic' | 'delete_json_with_basic' | 'post_with_bearer'
  /**
   * What ends: `token` alone (and what was made from it), or the whole `grant`, that is every token
   * of this client for this user.
   */
  readonly scope: 'token' | 'grant'
}

/** Whether an access token expires when its response has no `expires_in`. */
export type AccessTokenFacts =
  /** `expires_in` is always there; this is its usual value. */
  | { readonly expiry: 'always'; readonly lifetimeSeconds: number }
  /** Expires only in clients for which rotation is on, that is, when a refresh token came with it. */
  | { readonly expiry: 'when_rotating'; readonly lifetimeSeconds: number }
  /** Good until revoked. */
  | { readonly expiry: 'never' }
  /** Only the response's `expires_in` tells; without one, good until the API answers 401. */
  | { readonly expiry: 'as_stated' }

/** Whether a refresh token is issued, and how long it lasts. */
export type RefreshTokenFacts =
  | { readonly issued: 'never' }
  | (RefreshTokenLife & { readonly issued: 'default' })
  | (RefreshTokenLife & {
      readonly issued: 'conditional'
      /**
       * `offline_consent`: when `access_type=offline` is asked and the user consents for the first
       * time, or anew by `prompt=consent`.
       * `client_setting`: when the client is registered so at the provider.
       * `scope`: when one of `scopesForRefresh` is granted.
       */
      readonly condition: 'offline_consent' | 'client_setting' | 'scope'
    })

/** What happens to a refresh token when it is used, and in time. */
export type RefreshTokenLife = RefreshTokenRotation & {
  /** Life from its issue. Absent: no limit is known. */
  readonly absoluteLifetimeSeconds?: number | undefined
  /** Life since its last use. Absent: no limit is known. */
  readonly idleLifetimeSeconds?: number | undefined
  /** A refresh ends the access token that it replaces, also where other workers still use it. */
  readonly refreshKillsAccessToken?: true | undefined
}

/** What becomes of a refresh token once it was used. */
export type RefreshTokenRotation =
  /** It stays good; the response brings no new one. */
  | { readonly rotation: 'stable' }
  /** It stays good; the response repeats it. */
  | { readonly rotation: 'same_token' }
  /** Replaced; a second use is refused and ends every token of its family. The default for unknown providers. */
  | { readonly rotation: 'strict' }
  /** Replaced; a second use is refused, and harms nothing. */
  | { readonly rotation: 'single_use' }
  /** Replaced; good for `graceSeconds` more, then as `strict`. */
  | { readonly rotation: 'grace'; readonly graceSeconds: number }
  /** The two newest are good; an older one is as `strict`. */
  | { readonly rotation: 'last_two' }
  /** Each use brings a new one, and all stay good until they expire. */
  | { readonly rotation: 'overlapping' }

/** How a token response differs from RFC 6749 section 5. */
export interface TokenResponseFacts {
  /**
   * `standard`: RFC 6749 section 5.1.
   * `slack_authed_user`: answering a code, the user's token, scope, refresh token and expiry are under
   * `authed_user`, and the top level, if any, is the bot's; answering a refresh they are at the top
   * level, with `token_type: "user"`.
   */
  readonly shape: 'standard' | 'slack_authed_user'
  /** `form_unless_accept_json`: form-encoded unless `Accept: application/json` is sent. */
  readonly format: 'json' | 'form_unless_accept_json'
  /**
   * `status`: a 4xx with `error` (RFC 6749 section 5.2).
   * `ok_200_error_field`: 200 with `error`.
   * `slack_ok_false`: 200 with `ok: false` and `error`.
   */
  readonly errors: 'status' | 'ok_200_error_field' | 'slack_ok_false'
  /**
   * `returned`: says what was granted. `absent_as_granted`: absent when as asked (RFC 6749 section 5.1).
   * `empty`: the provider has no scopes; what a token can do is set at the provider.
   */
  readonly scope: 'returned' | 'absent_as_granted' | 'empty'
  /** Numbers may come as strings, such as `"expires_in": "28800"`. */
  readonly numbersAsStrings?: true | undefined
  /** Codes beyond `invalid_grant` that say: this refresh token is no good, and will not be again. */
  readonly refreshErrorCodes: readonly string[]
  /** Codes beyond `invalid_client` and `unauthorized_client` that say: the client id or secret is wrong. No user's fault. */
  readonly clientErrorCodes: readonly string[]
  /** Codes beyond `invalid_grant` that say: this authorization code is no good. */
  readonly codeErrorCodes: readonly string[]
}

/**
 * Where the id and the label of the provider account are. Ids may be numbers there; they are strings
 * here. Where several label names are given, the first that is present and not empty serves.
 */
export type ProviderIdentity =
  /** The ID token of the code's response; its `sub` is the id. */
  | { readonly source: 'id_token'; readonly labelClaims: readonly string[] }
  /** `GET endpoint` with the access token. */
  | {
      readonly source: 'userinfo'
      readonly endpoint: string
      readonly idField: string
      readonly labelFields: readonly string[]
    }
  /** The token response itself, by dotted paths. Several id paths are joined by `:`, and all must be present. */
  | {
      readonly source: 'token_response'
      readonly idPaths: readonly string[]
      readonly labelPaths: readonly string[]
    }

/** An API answer of status 200 that means 401. */
export interface ApiUnauthorized {
  /** JSON `{ "ok": false, "error": "<one of errorCodes>" }`. */
  readonly signal: 'ok_false'
  readonly errorCodes: readonly string[]
}
