import type { Connection } from '../domain/connection.ts'
import type { ProviderAccount, ProviderFailure, ProviderTokens } from '../domain/provider-tokens.ts'
import type { Result } from '../domain/result.ts'

/** The vault as OAuth client of providers. Every answer is untrusted and validated (RV-93); nothing here retries. */
export interface ProviderClient {
  /** How long refreshes on a connection are held back, since the provider refuses the vault's own client. 0: not at all. */
  waitSeconds(connection: Connection): number
  /** Where to send the browser: PKCE S256 always where the provider takes it (RV-60), nonce for OpenID providers. */
  authorizationUrl(request: {
    readonly connection: Connection
    readonly redirectUri: string
    readonly scopes: readonly string[]
    readonly state: string
    readonly codeVerifier: string
    readonly nonce: string
    /** Passed on after the catalog's own parameters; never `client_id`, `redirect_uri`, `scope`, `state`… */
    readonly parameters: Readonly<Record<string, string>>
  }): Promise<URL>
  /** Redeems the code of a callback; checks `iss` (RV-63) and the ID token (RV-62). */
  redeemCode(request: {
    readonly connection: Connection
    readonly redirectUri: string
    /** The callback's query as received: attacker-controlled. */
    readonly callbackParameters: URLSearchParams
    readonly expectedState: string
    readonly codeVerifier: string
    readonly nonce: string
  }): Promise<Result<RedeemedCode, ProviderFailure>>
  /**
   * One POST with the refresh token, at most 10 s in all. `onBeforeSend` is called right before the body is written
   * and may forbid it (fencing against a lost lease).
   */
  refresh(request: {
    readonly connection: Connection
    /** Whose it is: a client that is refused for one account only is not held to be wrong for all. */
    readonly accountId: string
    readonly refreshToken: string
    readonly scopes: readonly string[]
    readonly mayStillSend: () => boolean
  }): Promise<Result<ProviderTokens, ProviderFailure>>
  /**
   * Ends a token (or its whole grant, as the provider has it) at the provider; `revoked` also when it was gone already.
   * `unsupported` for a refresh token where the provider takes access tokens only: then the access token is the one to
   * revoke.
   */
  revoke(request: {
    readonly connection: Connection
    readonly token: string
    readonly tokenTypeHint: 'refresh_token' | 'access_token'
  }): Promise<Result<'revoked' | 'unsupported', ProviderFailure>>
  /** Asks the provider whether an access token still works (R17: where there is no refresh token). */
  probe(request: {
    readonly connection: Connection
    readonly accessToken: string
  }): Promise<Result<'accepted' | 'refused' | 'unsupported', ProviderFailure>>
}

export interface RedeemedCode {
  readonly tokens: ProviderTokens
  readonly account: ProviderAccount
}
