import { isConnectionName } from './parse-interrupt.ts'
import type { Source, SubjectSources, SubjectToken } from './subject-token.ts'

/** One connection a tool needs. */
export interface ConnectionNeed<Call> {
  /** Connection name at the vault. */
  readonly connection: string
  /** Provider scopes the tool needs, fixed here: nothing the model says can change them. Default none. */
  readonly scopes?: readonly string[] | undefined
  /** Which of several accounts: provider account id, e-mail, or `cac_…`. */
  readonly loginHint?: Source<string, Call>
  /** Passed on to the provider when the user has to connect. */
  readonly authorizationParams?: Readonly<Record<string, string>> | undefined
}

/** What every wrapped tool may say besides its connections. */
export interface WrapperOptions<Call> extends SubjectSources<Call> {
  /** The agent acting (delegation). A plain string is an access token. */
  readonly actorToken?: Source<string | SubjectToken, Call>
  /**
   * `'once'` runs the tool again with a fresh token after `FederatedConnectionError`; never after a
   * generator has yielded. Default `'never'`.
   */
  readonly retry?: 'never' | 'once' | undefined
}

/** Options of `withTokenForConnection`: one connection, or several at once. */
export type TokenForConnectionOptions<Call> = WrapperOptions<Call> &
  (
    | (ConnectionNeed<Call> & { readonly connections?: undefined })
    // No `connection?: undefined` here: with it, a spread makes TypeScript pick this arm, and lose
    // the types of functions in the options.
    | { readonly connections: readonly ConnectionNeed<Call>[] }
  )

/** One connection, checked and fixed. */
export interface ConnectionPlan<Call> {
  readonly connection: string
  /** Sorted, without repetitions. */
  readonly scopes: readonly string[]
  readonly loginHint: Source<string, Call>
  readonly authorizationParams: Readonly<Record<string, string>> | undefined
}

/**
 * The connections of a wrapper, copied, so that a later change of the options changes nothing.
 *
 * @throws TypeError naming the option
 */
export function planConnections<Call>(
  options: TokenForConnectionOptions<Call>,
): readonly ConnectionPlan<Call>[] {
  if (options.retry !== undefined && options.retry !== 'never' && options.retry !== 'once') {
    throw new TypeError(`"retry" must be 'never' or 'once'`)
  }
  if (options.connections !== undefined && 'connection' in options) {
    throw new TypeError('Give "connection" or "connections", not both')
  }
  const needs = options.connections === undefined ? [options] : options.connections
  if (needs.length === 0) throw new TypeError('"connections" must not be empty')
  const plans = needs.map((need) => planConnection(need))
  const names = new Set(plans.map((plan) => plan.connection))
  if (names.size < plans.length) throw new TypeError('"connections" must differ in their names')
  return plans
}

/** One connection, checked. @throws TypeError naming the option */
export function planConnection<Call>(need: ConnectionNeed<Call>): ConnectionPlan<Call> {
  const { connection, scopes, loginHint, authorizationParams } = need
  if (!isConnectionName(connection)) {
    throw new TypeError('"connection" must be a connection name such as google-oauth2')
  }
  return {
    connection,
    scopes: sortedScopes(scopes ?? []),
    loginHint,
    authorizationParams:
      authorizationParams === undefined ? undefined : checkedParameters(authorizationParams),
  }
}

/** As many as the vault takes, each as long as it takes. */
const mostScopes = 100
const longestScope = 255

/** Scopes as a set: order and repetition mean nothing. @throws TypeError for what is no scope */
export function sortedScopes(scopes: readonly string[]): readonly string[] {
  const isList =
    Array.isArray(scopes) && scopes.length <= mostScopes && scopes.every((scope) => isScope(scope))
  if (!isList) {
    throw new TypeError('"scopes" must be a list of 100 scopes at most, each without spaces')
  }
  return [...new Set(scopes)].sort((one, other) => (one < other ? -1 : 1))
}

/** RFC 6749 section 3.3 */
function isScope(scope: unknown): boolean {
  return (
    typeof scope === 'string' &&
    scope.length <= longestScope &&
    /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)
  )
}

function checkedParameters(
  parameters: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value !== 'string' || value === '' || value.length > 2_048) {
      throw new TypeError(`"authorizationParams.${name}" must be a non-empty string`)
    }
  }
  return { ...parameters }
}
