import { AsyncLocalStorage } from 'node:async_hooks'
import type { ApiOrigin } from './api-origin.ts'
import type { ConnectionToken } from './connection-token.ts'
import type { Runtime } from './runtime.ts'

/** What a tool may use of a connection. */
export interface Credentials {
  readonly token: string
  readonly tokenType: string
  /** Epoch seconds; `undefined` when nobody knows. */
  readonly expiresAt: number | undefined
  readonly scopes: readonly string[]
  readonly connection: string
  /** `cac_…`, where the vault says it. */
  readonly account: string | undefined
}

/** One connection's token during one call; `current` changes when it is renewed. */
export interface LiveToken {
  readonly connection: string
  current: ConnectionToken
  /** Every token this call has seen: what must not leave it. */
  readonly seen: ConnectionToken[]
  /** Asks the vault for a newer token; gives the same one where there is none. */
  renew(): Promise<ConnectionToken>
  readonly vault: TokenHome
}

/** Of a vault, what a token needs while it is used. */
export interface TokenHome {
  /** Where the token may be sent. */
  apiOrigins(token: ConnectionToken): readonly ApiOrigin[]
  readonly runtime: Runtime
}

/** The tokens of one wrapped call. */
export interface TokenFrame {
  readonly parent: TokenFrame | undefined
  readonly tokens: readonly LiveToken[]
  /** True for tokens of a test, which no exchange replaces. */
  readonly isFake: boolean
  /** The token that was read last: the one a refusal without a name is about. */
  lastRead: LiveToken | undefined
}

const key = Symbol.for('valetkey.token-context.v1')

/** The one ambient thing: shared by every copy of this package in the process. */
export const tokenContext: AsyncLocalStorage<TokenFrame> = sharedContext()

/**
 * The access token, inside a tool wrapped by `withTokenForConnection`. With several connections,
 * name one; a nested tool also sees the connections of those around it.
 *
 * @throws TypeError outside a wrapper, or when the name is missing or wrong
 */
export function getAccessTokenForConnection(connection?: string): string {
  return readLiveToken(connection).current.token.reveal()
}

/** The access token with what is known about it; otherwise as {@link getAccessTokenForConnection}. */
export function getCredentialsForConnection(connection?: string): Credentials {
  return toCredentials(readLiveToken(connection).current)
}

/** What a tool, or a route handler, may see of a token. */
export function toCredentials(token: ConnectionToken): Credentials {
  const { tokenType, expiresAt, scopes, connection, account } = token
  return { token: token.token.reveal(), tokenType, expiresAt, scopes, connection, account }
}

/** The token of the call that runs now. @throws TypeError as {@link getAccessTokenForConnection} */
export function readLiveToken(connection: string | undefined): LiveToken {
  const frame = tokenContext.getStore()
  if (frame === undefined) {
    throw new TypeError(
      'There is no token here: wrap the tool by withTokenForConnection, and use the token while it runs',
    )
  }
  const live = connection === undefined ? onlyToken(frame) : findLiveToken(frame, connection)
  if (live === undefined) {
    throw new TypeError(
      `The wrapper has no connection ${JSON.stringify(connection)}, only ${names(frame)}`,
    )
  }
  frame.lastRead = live
  return live
}

/** The token of a connection in this frame or in one around it. */
export function findLiveToken(
  frame: TokenFrame | undefined,
  connection: string,
): LiveToken | undefined {
  for (let here = frame; here !== undefined; here = here.parent) {
    const found = here.tokens.find((live) => live.connection === connection)
    if (found !== undefined) return found
  }
  return undefined
}

function onlyToken(frame: TokenFrame): LiveToken {
  const [first, ...others] = frame.tokens
  if (first !== undefined && others.length === 0) return first
  throw new TypeError(`The wrapper has several connections: name one of ${names(frame)}`)
}

function names(frame: TokenFrame): string {
  const all: string[] = []
  for (let here: TokenFrame | undefined = frame; here !== undefined; here = here.parent) {
    all.push(...here.tokens.map((live) => live.connection))
  }
  return [...new Set(all)].join(', ')
}

function sharedContext(): AsyncLocalStorage<TokenFrame> {
  const existing: unknown = Reflect.get(globalThis, key)
  if (existing instanceof AsyncLocalStorage) return existing
  const context = new AsyncLocalStorage<TokenFrame>()
  Object.defineProperty(globalThis, key, { value: context })
  return context
}
