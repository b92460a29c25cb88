import { type ApiOrigin, parseApiOrigin } from './api-origin.ts'
import type { CheckedOptions } from './checked-options.ts'
import type { PrivateKey } from './client-authentication.ts'
import { dpopKeySource } from './dpop-key.ts'
import type { EventListener } from './events.ts'
import { isSigningAlgorithm } from './import-private-key.ts'
import { isConnectionName, isConnectUrl } from './parse-interrupt.ts'
import type { Source, SubjectSources, SubjectToken } from './subject-token.ts'
import type { ToolCall } from './tool-call.ts'
import { parseDomain, parseIssuer } from './vault-address.ts'
import type { VaultConnection } from './vault-connection.ts'
import type { Dialect } from './wire-codes.ts'

/** Options of every `createValetKey`, the same in each adapter. */
export interface ValetKeyOptions<Context = unknown> extends SubjectSources<
  ToolCall<unknown, Context | undefined>
> {
  /** The vault's address. Default `VALETKEY_ISSUER`. */
  readonly issuer?: string | undefined
  /** An Auth0 domain, instead of `issuer`. Default `AUTH0_DOMAIN`, when no `VALETKEY_*` is set. */
  readonly domain?: string | undefined
  /** This client's id at the vault. Default `VALETKEY_CLIENT_ID`. */
  readonly clientId?: string | undefined
  /** This client's secret at the vault. Default `VALETKEY_CLIENT_SECRET`. */
  readonly clientSecret?: string | undefined
  /** Authenticates by `private_key_jwt` instead of a secret, and signs for `signedSubject`. */
  readonly privateKey?: PrivateKey | undefined
  /**
   * Sends proofs of this key with every exchange (DPoP, RFC 9449): needed where the user's login
   * token is bound to it, and binds tokens for your own APIs. `'generate'` makes one for this
   * process; `dpopKeyPair()` of the client gives it. Default none.
   */
  readonly dpop?: CryptoKeyPair | 'generate' | undefined
  /** The wire. Default `'rfc8693'`, or `'auth0'` when a domain is given. */
  readonly dialect?: Dialect | undefined
  /** The agent acting (delegation), for every tool that names none. */
  readonly actorToken?: Source<string | SubjectToken, ToolCall<unknown, Context | undefined>>
  /**
   * Where the app starts the connect flow: a path or an `http(s)` URL. Readers of interrupts keep a
   * URL only if they are told its origin (`connectOrigins`). Default that of `client`, or none.
   */
  readonly connectUrl?: string | undefined
  /** Shares another instance's vault, client, cache and `connectUrl`; its own subject may differ. */
  readonly client?:
    | { readonly vault: VaultConnection; readonly connectUrl?: string | undefined }
    | undefined
  /** Sends every request. Default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** For one exchange with its retries, in seconds. Default 10. */
  readonly timeoutSeconds?: number | undefined
  /** Default `'memory'`. */
  readonly cache?: 'memory' | 'off' | undefined
  /** Most tokens kept in memory. Default 1,000. */
  readonly cacheEntries?: number | undefined
  /** Longest time a token is kept, in seconds, so that a disconnect is noticed. Default 300. */
  readonly cacheSeconds?: number | undefined
  /**
   * Per connection, the origins (with a path where wanted) that `fetchForConnection` may send the
   * token to, instead of those the vault names. Default: those the vault names.
   */
  readonly apiHosts?: Readonly<Record<string, readonly string[]>> | undefined
  /** Told about named events, which hold no secret. */
  readonly onEvent?: EventListener | undefined
}

const vaultOptionNames = [
  'issuer',
  'domain',
  'clientId',
  'clientSecret',
  'privateKey',
  'dpop',
  'dialect',
  'fetch',
  'timeoutSeconds',
  'cache',
  'cacheEntries',
  'cacheSeconds',
  'apiHosts',
  'onEvent',
] as const

/**
 * Checks what was given and fills in the defaults; what is missing is left to the environment.
 *
 * @throws TypeError naming the option
 */
export function checkOptions<Context>(options: ValetKeyOptions<Context>): CheckedOptions {
  const { issuer, domain, clientId, clientSecret, privateKey, dialect, cache = 'memory' } = options
  const { timeoutSeconds = 10, cacheEntries = 1_000, cacheSeconds = 300 } = options
  if (issuer !== undefined && domain !== undefined) {
    throw new TypeError('Give "issuer" or "domain", not both')
  }
  if (clientSecret !== undefined && privateKey !== undefined) {
    throw new TypeError('Give "clientSecret" or "privateKey", not both')
  }
  if (options.signedSubject !== undefined && privateKey === undefined) {
    throw new TypeError('"signedSubject" needs a "privateKey" to sign with')
  }
  requireText('clientId', clientId)
  requireText('clientSecret', clientSecret)
  if (dialect !== undefined && dialect !== 'rfc8693' && dialect !== 'auth0') {
    throw new TypeError(`"dialect" must be 'rfc8693' or 'auth0'`)
  }
  if (cache !== 'memory' && cache !== 'off') {
    throw new TypeError(`"cache" must be 'memory' or 'off'`)
  }
  requireNumber('timeoutSeconds', timeoutSeconds, timeoutSeconds > 0)
  requireNumber('cacheSeconds', cacheSeconds, cacheSeconds > 0)
  requireNumber('cacheEntries', cacheEntries, Number.isInteger(cacheEntries) && cacheEntries > 0)
  requireFunction('fetch', options.fetch)
  requireFunction('onEvent', options.onEvent)
  checkConnectUrl(options.connectUrl)
  checkPrivateKey(privateKey)
  return {
    issuer: issuer === undefined ? undefined : parseIssuer(issuer, 'issuer'),
    domain: domain === undefined ? undefined : parseDomain(domain, 'domain'),
    clientId,
    clientSecret,
    privateKey,
    dpop: options.dpop === undefined ? undefined : dpopKeySource(options.dpop),
    dialect,
    fetch: options.fetch,
    timeoutSeconds,
    cacheEntries: cache === 'off' ? 0 : cacheEntries,
    cacheSeconds,
    apiHosts: checkApiHosts(options.apiHosts ?? {}),
    onEvent: options.onEvent,
  }
}

/**
 * With `client`, the vault is the other instance's: an option about it would be ignored.
 *
 * @throws TypeError naming the option
 */
export function checkSharingOptions<Context>(options: ValetKeyOptions<Context>): void {
  const extra = vaultOptionNames.filter((name) => options[name] !== undefined)
  if (extra.length > 0) {
    throw new TypeError(`"${extra.join('", "')}" cannot be given together with "client"`)
  }
  checkConnectUrl(options.connectUrl)
}

function requireText(name: string, value: unknown): void {
  if (value !== undefined && (typeof value !== 'string' || value === '')) {
    throw new TypeError(`"${name}" must be a non-empty string`)
  }
}

function requireNumber(name: string, value: unknown, isValid: boolean): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || !isValid) {
    throw new TypeError(`"${name}" must be a positive number`)
  }
}

function requireFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`"${name}" must be a function`)
  }
}

function checkConnectUrl(connectUrl: unknown): void {
  if (connectUrl !== undefined && !isConnectUrl(connectUrl)) {
    throw new TypeError('"connectUrl" must be a path such as /connect, or an http(s) URL')
  }
}

function checkPrivateKey(privateKey: PrivateKey | undefined): void {
  if (privateKey === undefined) return
  const { key, algorithm } = privateKey
  if (typeof key === 'string' && algorithm === undefined) {
    throw new TypeError('"privateKey.algorithm" is needed for a PEM key')
  }
  if (algorithm !== undefined && !isSigningAlgorithm(algorithm)) {
    throw new TypeError('"privateKey.algorithm" must be one such as ES256, RS256 or EdDSA')
  }
  if (typeof key !== 'string' && (typeof key !== 'object' || key === null)) {
    throw new TypeError('"privateKey.key" must be a CryptoKey, a JWK or a PEM text')
  }
}

function checkApiHosts(
  apiHosts: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, readonly ApiOrigin[]> {
  return new Map(
    Object.entries(apiHosts).map(([connection, hosts]) => {
      if (!isConnectionName(connection) || !Array.isArray(hosts)) {
        throw new TypeError(`"apiHosts.${connection}" must be a list for a connection name`)
      }
      const origins = hosts.map((host) => {
        const origin = typeof host === 'string' ? parseApiOrigin(host) : undefined
        if (origin !== undefined) return origin
        throw new TypeError(
          `"apiHosts.${connection}" must hold exact https origins such as https://api.example.com or https://api.example.com/v1`,
        )
      })
      return [connection, origins]
    }),
  )
}
