import type { Client } from '../domain/client.ts'

/**
 * Logins and what follows from them: codes, refresh tokens, sessions (OpenID Connect Core, RFC 6749 and what builds on
 * it). Clients are authenticated before they get here, by the one authentication that the vault has.
 */
export interface AuthorizationServer {
  /** Answers a request to one of its endpoints; headers and errors are as it has them. */
  answer(request: ForwardedRequest): Promise<AuthorizationAnswer>
  /** A login under way in this browser; `undefined` when there is none, or it is another browser's. */
  findInteraction(query: {
    readonly id: string
    /** The `Cookie` header. Attacker-controlled. */
    readonly cookies: string | undefined
  }): Promise<Interaction | undefined>
  /** Ends an interaction; where the browser goes next, and only this one can. */
  finishInteraction(request: {
    readonly id: string
    readonly result: InteractionResult
  }): Promise<{ readonly location: string } | undefined>
  /** Who is logged in in this browser. */
  findSession(query: { readonly cookies: string | undefined }): Promise<Session | undefined>
  listSessions(query: { readonly userId: string }): Promise<readonly Session[]>
  /** Ends a session and the grants that do not outlive it; idempotent. */
  endSession(request: { readonly id: string; readonly userId: string }): Promise<void>
  /** What clients ask the user to allow while no browser is there (CIBA), and the user has not decided yet. */
  listBackchannel(query: { readonly userId: string }): Promise<readonly BackchannelRequest[]>
  /**
   * Takes the user's decision. Of many that decide one request, one is told true; false also for what is unknown,
   * expired or another user's.
   */
  decideBackchannel(request: {
    readonly id: string
    readonly userId: string
    readonly decision: 'approve' | 'deny'
  }): Promise<boolean>
}

/** A request of CIBA section 7.1 that waits for its user. */
export interface BackchannelRequest {
  /** Names the request and redeems nothing. */
  readonly id: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** Identifiers of the APIs that the client wants tokens for. */
  readonly resources: readonly string[]
  /** The client's text, of plain characters: to be compared with what the client shows. */
  readonly bindingMessage?: string | undefined
  readonly createdAt: number
  readonly expiresAt: number
}

/** What it has to say, or what a person is to be shown: pages are the vault's own. */
export interface AuthorizationAnswer {
  /** Of a page: its status and cookies, without a body. */
  readonly response: Response
  readonly page?: AuthorizationPage | undefined
}

export type AuthorizationPage =
  | { readonly page: 'logout'; readonly xsrf: string; readonly clientName?: string | undefined }
  | { readonly page: 'logged_out' }
  | {
      readonly page: 'device_code'
      readonly xsrf: string
      readonly problem?: 'wrong_code' | 'aborted' | 'failed' | undefined
    }
  | {
      readonly page: 'device_confirm'
      readonly xsrf: string
      readonly userCode: string
      readonly clientName: string
    }
  | { readonly page: 'device_done'; readonly clientName: string }
  /** `error` is a registered code, nothing of the request. */
  | { readonly page: 'error'; readonly error: string }

export interface ForwardedRequest {
  readonly method: 'GET' | 'POST'
  /** Path and query under the issuer, such as `/authorize?client_id=…`. */
  readonly target: string
  /** Of a POST: names and values, repeated where they were. */
  readonly form?: readonly (readonly [string, string])[] | undefined
  /** The client that authenticated itself; what the form says of it is replaced. */
  readonly client?: Client | undefined
  /** Only those that matter there; nothing else is passed on. */
  readonly headers: {
    readonly cookie?: string | undefined
    readonly authorization?: string | undefined
    readonly dpop?: string | undefined
    readonly accept?: string | undefined
    readonly userAgent?: string | undefined
  }
  /** `kept` answers a refresh with the refresh token that came with it. Default: as the client's policy says. */
  readonly refreshToken?: 'kept' | undefined
}

/** What a person is to decide before a login or an authorization goes on. */
export interface Interaction {
  readonly id: string
  readonly kind: 'login' | 'consent'
  readonly clientId: string
  /** The authorization request's parameters. Attacker-controlled. */
  readonly parameters: Readonly<Record<string, string>>
  /** Who is logged in so far. */
  readonly userId?: string | undefined
  /** For `consent`: what the client asks for and does not have. */
  readonly missing: {
    readonly scopes: readonly string[]
    readonly apis: readonly { readonly identifier: string; readonly scopes: readonly string[] }[]
  }
}

export type InteractionResult =
  | {
      readonly kind: 'login'
      readonly userId: string
      readonly authenticatedAt: number
      /** How, as in `acr` and `amr`, where the login system says so. */
      readonly acr?: string | undefined
      readonly amr?: readonly string[] | undefined
    }
  | { readonly kind: 'consent' }
  | {
      readonly kind: 'error'
      /** `server_error`: trying again will not help, its operator has to. */
      readonly error: 'access_denied' | 'temporarily_unavailable' | 'server_error'
    }

export interface Session {
  /** Names the session and does not open it. */
  readonly id: string
  readonly userId: string
  readonly authenticatedAt: number
  readonly expiresAt: number
  readonly clientIds: readonly string[]
}
