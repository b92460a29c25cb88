import { http, HttpResponse, type HttpHandler } from 'msw'

import { basicOf, readIncoming } from '../incoming.ts'
import { vaultErrorResponse, type Dialect, type VaultError } from './vault-error-response.ts'

/** A token that the vault hands out for a connection. */
export interface VaultToken {
  readonly accessToken: string
  /** What the token can do. Default: whatever is asked. */
  readonly scopes?: readonly string[] | undefined
  /** What is left of its life. Default: 3600. */
  readonly expiresInSeconds?: number | undefined
  /** Default: `cac_` and the connection's letters and digits. */
  readonly account?: string | undefined
  /** Default: 1. */
  readonly generation?: number | undefined
  /** Where the token may be sent, as a vault says of its providers: `https://host[/path]`. Default: nothing is said. */
  readonly apiOrigins?: readonly string[] | undefined
  /** How the API says that the token is dead, other than by 401. Default: by 401 alone. */
  readonly apiErrors?: 'slack_ok_false' | undefined
}

/** What the vault knows. A connection in neither map is unknown. */
export interface VaultHandlersOptions {
  /** With the slash at the end, as in `https://vault.example.com/`. */
  readonly issuer: string
  /** By connection name. */
  readonly tokens?: Readonly<Record<string, VaultToken>> | undefined
  /** By connection name; goes before `tokens`. A string is a `vault_error` without details. */
  readonly errors?: Readonly<Record<string, VaultError | DetaillessVaultError>> | undefined
  /** Told of every exchange, before it is answered. Holds the tokens as they came. */
  readonly onExchange?: ((exchange: VaultExchange) => void) | undefined
}

/** Errors that need no details. */
export type DetaillessVaultError = Extract<
  VaultError['vaultError'],
  | 'not_connected'
  | 'consent_required'
  | 'subject_token_invalid'
  | 'actor_token_invalid'
  | 'unknown_connection'
  | 'policy_denied'
  | 'provider_unavailable'
  | 'client_rejected'
  | 'vault_down'
  | 'vault_throttles'
  | 'vault_unreachable'
>

/** One request for a provider token. */
export interface VaultExchange {
  readonly dialect: Dialect
  readonly connection: string
  readonly scopes: readonly string[]
  readonly subjectToken: string
  readonly subjectTokenType: string
  readonly clientId: string | undefined
  readonly loginHint: string | undefined
  readonly forceRefresh: string | undefined
}

/**
 * A vault for unit tests: answers token exchange at `{issuer}oauth/token`, RFC 8693 and Auth0's dialect,
 * form and JSON, with the tokens and errors that a test names.
 *
 * @throws {TypeError} when `issuer` is not a URL with a slash at the end
 */
export function vaultHandlers(options: VaultHandlersOptions): readonly HttpHandler[] {
  if (URL.parse(options.issuer) === null || !options.issuer.endsWith('/')) {
    throw new TypeError('"issuer" must be a URL with a slash at the end')
  }
  return [
    http.post(`${options.issuer}oauth/token`, async ({ request }) => {
      const read = await readIncoming(request)
      const exchange = read.ok ? exchangeOf(read.incoming) : undefined
      if (exchange === undefined) return answered(400, { error: 'invalid_request' })
      options.onExchange?.(exchange)
      return answer(options, exchange)
    }),
  ]
}

const DIALECTS: Readonly<Record<string, Dialect | undefined>> = {
  'urn:ietf:params:oauth:grant-type:token-exchange': 'rfc8693',
  'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token': 'auth0',
}

function exchangeOf({
  headers,
  parameters,
}: {
  readonly headers: Headers
  readonly parameters: Readonly<Record<string, string>>
}): VaultExchange | undefined {
  const dialect = DIALECTS[parameters['grant_type'] ?? '']
  const connection = dialect === 'auth0' ? parameters['connection'] : connectionOf(parameters)
  const subjectToken = parameters['subject_token']
  const subjectTokenType = parameters['subject_token_type']
  if (
    dialect === undefined ||
    connection === undefined ||
    subjectToken === undefined ||
    subjectTokenType === undefined
  ) {
    return undefined
  }
  return {
    dialect,
    connection,
    scopes: (parameters['scope'] ?? '').split(' ').filter((scope) => scope !== ''),
    subjectToken,
    subjectTokenType,
    clientId: basicOf(headers)?.name ?? parameters['client_id'],
    loginHint: parameters['login_hint'],
    forceRefresh: parameters['force_refresh'],
  }
}

function connectionOf({
  audience,
  resource,
}: Readonly<Record<string, string>>): string | undefined {
  return audience ?? /\/connections\/([a-z0-9][a-z0-9-]*)$/.exec(resource ?? '')?.[1]
}

function answer(options: VaultHandlersOptions, exchange: VaultExchange): Response {
  const error = own(options.errors, exchange.connection)
  if (error !== undefined) {
    return refuse(typeof error === 'string' ? { vaultError: error } : error, exchange.dialect)
  }
  const token = own(options.tokens, exchange.connection)
  if (token === undefined) return refuse({ vaultError: 'unknown_connection' }, exchange.dialect)
  const granted = token.scopes ?? exchange.scopes
  const missing = exchange.scopes.filter((scope) => !granted.includes(scope))
  if (missing.length > 0) {
    return refuse({ vaultError: 'scopes_missing', missing, granted }, exchange.dialect)
  }
  return answered(200, {
    access_token: token.accessToken,
    issued_token_type:
      exchange.dialect === 'auth0'
        ? 'http://auth0.com/oauth/token-type/federated-connection-access-token'
        : 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: token.expiresInSeconds ?? 3_600,
    scope: granted.join(' '),
    connection: exchange.connection,
    account: token.account ?? `cac_${exchange.connection.replaceAll('-', '')}`,
    generation: token.generation ?? 1,
    ...(token.apiOrigins !== undefined && { api_origins: token.apiOrigins }),
    ...(token.apiErrors !== undefined && { api_errors: token.apiErrors }),
  })
}

function refuse(error: VaultError, dialect: Dialect): Response {
  const response = vaultErrorResponse(error, dialect)
  if (response === 'network') return HttpResponse.error()
  return answered(response.status, response.body, response.headers)
}

function answered(
  status: number,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

function own<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}
