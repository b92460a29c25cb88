import { acquireApiToken } from './acquire-api-token.ts'
import { createTokenAcquirer } from './acquire-tokens.ts'
import type { ApiToken } from './api-token.ts'
import type { ConnectedAccounts } from './connected-accounts.ts'
import { createConnectedAccounts } from './create-connected-accounts.ts'
import { createProtection } from './create-protection.ts'
import { checkOptions, checkSharingOptions, type ValetKeyOptions } from './options.ts'
import type { Protection } from './protection.ts'
import { type Runtime, systemRuntime } from './runtime.ts'
import {
  actorResolver,
  type ActorResolver,
  resolveText,
  type Source,
  sourceNamesInWords,
  subjectResolver,
  type SubjectResolver,
  type SubjectSources,
  type SubjectToken,
} from './subject-token.ts'
import { type Credentials, toCredentials } from './token-context.ts'
import {
  type ConnectionNeed,
  planConnection,
  planConnections,
  type TokenForConnectionOptions,
  type WrapperOptions,
} from './token-for-connection-options.ts'
import type { ToolCall } from './tool-call.ts'
import { createVaultConnection, type VaultConnection } from './vault-connection.ts'
import {
  createWithTokenForConnection,
  type WithTokenForConnection,
} from './with-token-for-connection.ts'

/** A call outside any tool: a route handler, a script. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** The call that sources see outside any tool. */
export type OutsideCall = ToolCall<undefined, undefined>

/** Which token of which connection, outside a tool. */
export type AccessTokenRequest = ConnectionNeed<OutsideCall> &
  SubjectSources<OutsideCall> &
  Pick<WrapperOptions<OutsideCall>, 'actorToken'>

/** Which token of your own APIs. */
export interface ApiTokenRequest extends SubjectSources<OutsideCall> {
  /** The API's identifier at the vault. */
  readonly audience: string
  /** Scopes of that API. Default none: what the client may have. */
  readonly scopes?: readonly string[] | undefined
  /** The agent acting (delegation). A plain string is an access token. */
  readonly actorToken?: Source<string | SubjectToken, OutsideCall>
}

/** On whose behalf accounts are managed: one source, or a token for the My Account API itself. */
export interface ConnectedAccountsOptions extends SubjectSources<OutsideCall> {
  /** An access token for `{issuer}me/`, where the app has one already. */
  readonly myAccountToken?: Source<string, OutsideCall>
}

/** One client of one vault. */
export interface ValetKeyClient<Context = unknown> {
  /** Wraps a plain function. Adapters have their own, for their framework's tools. */
  readonly withTokenForConnection: WithTokenForConnection<Context>
  /** For adapters: what `withTokenForConnection` does, in parts. @throws TypeError for a wrong option */
  protect<Call extends ToolCall<unknown, Context | undefined>>(
    options: TokenForConnectionOptions<Call>,
  ): Protection<Call>
  /**
   * The token of a connection outside any tool, in a route handler for example.
   *
   * @throws {ValetKeyError} any code; {InterruptError} when the user must act first
   */
  getAccessTokenForConnection(
    request: AccessTokenRequest,
    options?: CallOptions,
  ): Promise<Credentials>
  /**
   * A token for one of your own APIs, on behalf of the user (RFC 8693); kept as providers' tokens are.
   *
   * @throws {ValetKeyError} any code; {InterruptError} when the user must log in first
   */
  exchangeForApi(request: ApiTokenRequest, options?: CallOptions): Promise<ApiToken>
  /** The key of the `dpop` option, for proofs of your own; `undefined` without the option. */
  dpopKeyPair(): Promise<CryptoKeyPair | undefined>
  /** The user's connected accounts: connect, list, disconnect. */
  connectedAccounts(options?: ConnectedAccountsOptions): ConnectedAccounts
  /** Where the app starts the connect flow, as given. */
  readonly connectUrl: string | undefined
  /** What instances share through the `client` option; nothing for callers to use. */
  readonly vault: VaultConnection
}

/**
 * Makes a client of the vault; nothing is sent, and no environment is read, before its first use.
 *
 * @throws TypeError naming the option that is wrong
 */
export function createValetKeyClient<Context = unknown>(
  options: ValetKeyOptions<Context> = {},
  runtime: Runtime = systemRuntime,
): ValetKeyClient<Context> {
  type AnyCall = ToolCall<unknown, Context | undefined>
  const defaultSubject = subjectResolver<AnyCall>(options)
  const defaultActor = actorResolver<AnyCall>(options.actorToken)
  const connectUrl = options.connectUrl ?? options.client?.connectUrl
  const vault = vaultOf(options, runtime)

  const who = <Call extends AnyCall>(
    own: SubjectSources<Call> & Pick<WrapperOptions<Call>, 'actorToken'>,
  ): { subject: SubjectResolver<Call>; actor: ActorResolver<Call> | undefined } => {
    const subject = subjectResolver(own) ?? defaultSubject
    if (subject === undefined) {
      throw new TypeError(`Give one of ${sourceNamesInWords}, here or when the client is created`)
    }
    return { subject, actor: actorResolver(own.actorToken) ?? defaultActor }
  }

  const protect = <Call extends AnyCall>(own: TokenForConnectionOptions<Call>): Protection<Call> =>
    createProtection({
      vault,
      plans: planConnections(own),
      ...who(own),
      connectUrl,
      retry: own.retry ?? 'never',
    })

  return {
    protect,
    withTokenForConnection: createWithTokenForConnection<Context>(protect),
    getAccessTokenForConnection: async (request, { signal } = {}) => {
      const plans = [planConnection(request)]
      const acquire = createTokenAcquirer({ vault, plans, ...who(request), connectUrl })
      const [live] = await acquire({ ...outside, signal })
      if (live === undefined) throw new TypeError('"connection" is missing')
      return toCredentials(live.current)
    },
    exchangeForApi: async (request, { signal } = {}) => {
      const { audience, scopes } = request
      const settings = { vault, audience, scopes, ...who(request) }
      return await acquireApiToken(settings, { ...outside, signal })
    },
    connectedAccounts: (own = {}) => {
      if (Object.hasOwn(own, 'myAccountToken')) {
        const { myAccountToken } = own
        return createConnectedAccounts(vault, async (signal) => ({
          kind: 'bearer',
          token: await resolveText(myAccountToken, { ...outside, signal }),
        }))
      }
      const { subject } = who<OutsideCall>(own)
      return createConnectedAccounts(vault, async (signal) => ({
        kind: 'subject',
        subject: await subject({ ...outside, signal }),
      }))
    },
    dpopKeyPair: async () => await vault.dpop?.(),
    connectUrl,
    vault,
  }
}

const outside = {
  input: undefined,
  toolCallId: undefined,
  toolName: undefined,
  context: undefined,
} as const

function vaultOf<Context>(options: ValetKeyOptions<Context>, runtime: Runtime): VaultConnection {
  if (options.client === undefined) return createVaultConnection(checkOptions(options), runtime)
  checkSharingOptions(options)
  return options.client.vault
}
