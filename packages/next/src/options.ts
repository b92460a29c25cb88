import type { ValetKeyOptions } from '@valetkey/core'
import { isConnectionName, isLoopbackHost, parseReturnPath } from '@valetkey/core/adapter'

/** How long a login of the app lasts. */
export interface SessionOptions {
  /** Without a request that can set a cookie, in seconds. Default 604,800, a week. */
  readonly idleSeconds?: number | undefined
  /** From the login on, whatever happens, in seconds. Default 2,592,000, thirty days. */
  readonly absoluteSeconds?: number | undefined
}

/** Options of `createValetKey`: those of every adapter, and those of a Next.js app. */
export interface NextValetKeyOptions extends ValetKeyOptions {
  /**
   * The app's own origin as browsers see it, such as `https://app.example.com`; never taken from a
   * request. Default `VALETKEY_APP_URL`; under development `http://localhost:3000`, or Next's port.
   */
  readonly appUrl?: string | undefined
  /** Where the catch-all route is, with the `basePath` of Next's configuration. Default `/api/valet-key`. */
  readonly basePath?: string | undefined
  /**
   * Encrypts the app's cookies; at least 32 characters, the same on every instance. Of several, the
   * first one encrypts and all decrypt. Default `VALETKEY_COOKIE_SECRET`, several with commas between.
   */
  readonly cookieSecret?: string | readonly string[] | undefined
  /** How long a login lasts. */
  readonly session?: SessionOptions | undefined
  /**
   * Further parameters of the authorization request: `connection`, `connection_scope`, `prompt`,
   * `scope` (default `openid profile email offline_access`), … Default none.
   */
  readonly loginParameters?: Readonly<Record<string, string>> | undefined
  /** What logging out ends: the login at the vault too, or the app's alone. Default `'vault'`. */
  readonly logout?: 'vault' | 'app' | undefined
  /** The connections that may be connected, with the scopes that may be asked for. Default: all. */
  readonly connections?:
    | Readonly<Record<string, { readonly scopes?: readonly string[] | undefined }>>
    | undefined
  /** Which of the app's own paths a browser may be sent back to. Default: all. */
  readonly isReturnPathAllowed?: ((path: string) => boolean) | undefined
  /** Where the browser is sent when no link says it, and after logging out. Default `/`. */
  readonly defaultReturnPath?: string | undefined
}

/** The options of a Next.js app, checked. What is `undefined` is left to the environment. */
export interface AppOptions {
  readonly appUrl: URL | undefined
  readonly basePath: string
  readonly cookieSecrets: readonly string[] | undefined
  readonly idleSeconds: number
  readonly absoluteSeconds: number
  readonly loginParameters: Readonly<Record<string, string>>
  readonly logout: 'vault' | 'app'
  readonly connections: NextValetKeyOptions['connections']
  readonly isReturnPathAllowed: (path: string) => boolean
  readonly defaultReturnPath: string
}

const shortestSecret = 32
const ownParameters = [
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'state',
]

/** @throws TypeError naming the option that is wrong */
export function checkAppOptions(options: NextValetKeyOptions): AppOptions {
  const { appUrl, basePath = '/api/valet-key', cookieSecret, loginParameters = {} } = options
  const { idleSeconds = 604_800, absoluteSeconds = 2_592_000 } = options.session ?? {}
  const { logout = 'vault', isReturnPathAllowed = () => true, defaultReturnPath = '/' } = options
  if (!/^(?:\/[\w.~-]+)+$/.test(basePath)) {
    throw new TypeError('"basePath" must be a path such as /api/valet-key')
  }
  requireSeconds('session.idleSeconds', idleSeconds)
  requireSeconds('session.absoluteSeconds', absoluteSeconds)
  if (logout !== 'vault' && logout !== 'app') {
    throw new TypeError(`"logout" must be 'vault' or 'app'`)
  }
  if (typeof isReturnPathAllowed !== 'function') {
    throw new TypeError('"isReturnPathAllowed" must be a function')
  }
  const returnPath = parseReturnPath(defaultReturnPath)
  if (returnPath === undefined) throw new TypeError('"defaultReturnPath" must be a path')
  return {
    appUrl: appUrl === undefined ? undefined : parseAppUrl(appUrl, 'appUrl'),
    basePath,
    cookieSecrets: cookieSecret === undefined ? undefined : checkSecrets(cookieSecret),
    idleSeconds,
    absoluteSeconds,
    loginParameters: checkLoginParameters(loginParameters),
    logout,
    connections: options.connections,
    isReturnPathAllowed,
    defaultReturnPath: returnPath,
  }
}

/**
 * Reads an origin.
 *
 * @throws TypeError naming `option` when it is more than an origin, or `http` off loopback
 */
export function parseAppUrl(value: string, option: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || url.href !== `${url.origin}/`) {
    throw new TypeError(`"${option}" must be an origin such as https://app.example.com`)
  }
  const isLoopback = url.protocol === 'http:' && isLoopbackHost(url.hostname)
  if (url.protocol !== 'https:' && !isLoopback) {
    throw new TypeError(`"${option}" must use https (http is accepted for loopback only)`)
  }
  return url
}

/** True for secrets that are long enough, at least one. */
export function areSecrets(secrets: readonly string[]): boolean {
  return secrets.length > 0 && secrets.every((secret) => secret.length >= shortestSecret)
}

function checkSecrets(cookieSecret: string | readonly string[]): readonly string[] {
  const secrets = typeof cookieSecret === 'string' ? [cookieSecret] : [...cookieSecret]
  if (areSecrets(secrets)) return secrets
  throw new TypeError(`"cookieSecret" must have at least ${shortestSecret} characters`)
}

function checkLoginParameters(
  parameters: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const own = ownParameters.find((name) => Object.hasOwn(parameters, name))
  if (own !== undefined) {
    throw new TypeError(`"loginParameters" may not set ${JSON.stringify(own)}`)
  }
  const scopes = parameters['scope']?.split(' ') ?? ['openid', 'profile', 'email', 'offline_access']
  if (!scopes.includes('openid') || !scopes.includes('offline_access')) {
    throw new TypeError('"loginParameters.scope" must have openid and offline_access in it')
  }
  const { connection } = parameters
  if (connection !== undefined && !isConnectionName(connection)) {
    throw new TypeError('"loginParameters.connection" must be the name of a connection')
  }
  return { ...parameters, scope: scopes.join(' ') }
}

function requireSeconds(option: string, value: number): void {
  if (!Number.isInteger(value) || value < 60) {
    throw new TypeError(`"${option}" must be a whole number of seconds, at least 60`)
  }
}
