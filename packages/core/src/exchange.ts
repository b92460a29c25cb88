import type { ConnectionToken } from './connection-token.ts'
import type { EventListener } from './events.ts'
import {
  type ExchangeTarget,
  type FailureContext,
  fromAnswer,
  fromNoAnswer,
  protocolError,
} from './failure-to-error.ts'
import type { Runtime } from './runtime.ts'
import { secret } from './secret.ts'
import type { SubjectToken } from './subject-token.ts'
import { parseTokenAnswer, type TokenAnswer } from './token-answer.ts'
import type { GrantCall, TokenEndpoint } from './token-endpoint.ts'
import { isValetKeyError } from './valet-key-error.ts'
import { connectRequired } from './user-must-act.ts'
import type { VaultSettings } from './vault-settings.ts'
import type { Dialect } from './wire-codes.ts'

/** One exchange for a provider's token. */
export interface ConnectionExchange {
  readonly connection: string
  readonly scopes: readonly string[]
  readonly loginHint: string | undefined
  readonly subject: SubjectToken
  readonly actor: SubjectToken | undefined
  /** The token that the provider refused, when this asks for a newer one. */
  readonly refused: ConnectionToken | undefined
}

/** One exchange for a token of one of your own APIs. */
export interface ApiExchange {
  readonly audience: string
  readonly scopes: readonly string[]
  readonly subject: SubjectToken
  readonly actor: SubjectToken | undefined
}

/** A token for one of your own APIs, on behalf of the user. */
export interface ApiToken {
  readonly token: string
  readonly tokenType: string
  /** Epoch seconds; `undefined` when the vault does not say. */
  readonly expiresAt: number | undefined
  readonly scopes: readonly string[]
}

/** What the exchange stands on. */
export interface ExchangeDependencies extends VaultSettings {
  readonly endpoint: TokenEndpoint
  readonly runtime: Runtime
  readonly emit: EventListener
}

const rfc8693Grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const auth0Grant =
  'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token'
const auth0TokenType = 'http://auth0.com/oauth/token-type/federated-connection-access-token'

/**
 * Exchanges the subject token for a provider's access token: RFC 8693 with the connection as
 * `audience`, or Auth0's grant.
 *
 * @throws {ValetKeyErrorCode} whatever the vault's answer means
 */
export async function exchangeForConnection(
  dependencies: ExchangeDependencies,
  exchange: ConnectionExchange,
  signal: AbortSignal | undefined,
): Promise<ConnectionToken> {
  const { connection, scopes } = exchange
  const { answer, context } = await send(
    dependencies,
    {
      target: { kind: 'connection', connection, scopes },
      subject: exchange.subject,
      actor: exchange.actor,
      call: dependencies.dialect === 'auth0' ? auth0Call(exchange) : standardCall(exchange),
    },
    signal,
  )
  const asksForAccount = /^cac_[A-Za-z0-9]+$/.test(exchange.loginHint ?? '')
  // A mixed-up answer would hand out someone else's token: what it says about itself must fit.
  const fits =
    (answer.connection === undefined || answer.connection === connection) &&
    (answer.account === undefined || !asksForAccount || answer.account === exchange.loginHint)
  if (!fits) throw protocolError(context)
  requireScopes(dependencies.dialect, exchange, answer)
  return {
    connection,
    token: secret(answer.accessToken),
    tokenType: answer.tokenType,
    expiresAt: expiry(answer, dependencies.runtime),
    scopes: answer.scopes ?? scopes,
    account: answer.account,
    generation: answer.generation,
    apiOrigins: answer.apiOrigins,
    apiErrors: answer.apiErrors,
  }
}

/** Exchanges the subject token for a token of one of your own APIs (RFC 8693 section 2). */
export async function exchangeForAudience(
  dependencies: ExchangeDependencies,
  { audience, scopes, subject, actor }: ApiExchange,
  signal: AbortSignal | undefined,
): Promise<ApiToken> {
  const { answer } = await send(
    dependencies,
    {
      target: { kind: 'api', audience },
      subject,
      actor,
      call: {
        grantType: rfc8693Grant,
        parameters: { ...tokenParameters(subject, actor), audience, ...scopeParameter(scopes) },
      },
    },
    signal,
  )
  return {
    token: answer.accessToken,
    tokenType: answer.tokenType,
    expiresAt: expiry(answer, dependencies.runtime),
    scopes: answer.scopes ?? scopes,
  }
}

interface Sending {
  readonly target: ExchangeTarget
  readonly subject: SubjectToken
  readonly actor: SubjectToken | undefined
  readonly call: GrantCall
}

async function send(
  { endpoint, address, dialect, runtime, emit, credential }: ExchangeDependencies,
  { target, subject, actor, call }: Sending,
  signal: AbortSignal | undefined,
): Promise<{ readonly answer: TokenAnswer; readonly context: FailureContext }> {
  const name = target.kind === 'connection' ? target.connection : target.audience
  const startedAt = runtime.monotonicMilliseconds()
  const duration = (): number => runtime.monotonicMilliseconds() - startedAt
  try {
    const sent = await endpoint(call, signal)
    const context: FailureContext = {
      dialect,
      target,
      issuer: address.issuer,
      now: runtime.now(),
      secrets: [
        subject.token,
        actor?.token ?? '',
        credential.kind === 'secret' ? credential.secret : '',
      ],
    }
    if (!sent.ok) throw fromNoAnswer(sent.refusal, context)
    if (sent.value.status !== 200) throw fromAnswer(sent.value, context)
    const answer = parseTokenAnswer(sent.value.text)
    if (answer === undefined) throw protocolError(context)
    emit({
      name: 'exchange_succeeded',
      target: name,
      account: answer.account,
      expiresAt: expiry(answer, runtime),
      durationMilliseconds: duration(),
    })
    return { answer, context }
  } catch (error) {
    if (isValetKeyError(error)) {
      const { code, status } = error
      const durationMilliseconds = duration()
      emit({ name: 'exchange_failed', target: name, code, status, durationMilliseconds })
    }
    throw error
  }
}

function standardCall(exchange: ConnectionExchange): GrantCall {
  const { subject, actor, connection, scopes, loginHint, refused } = exchange
  const canName = refused?.account !== undefined && refused.generation !== undefined
  return {
    grantType: rfc8693Grant,
    parameters: {
      ...tokenParameters(subject, actor),
      audience: connection,
      ...scopeParameter(scopes),
      ...(loginHint === undefined ? {} : { login_hint: loginHint }),
      ...(canName ? { force_refresh: `${refused.account}:${refused.generation}` } : {}),
    },
  }
}

/** Auth0 takes no scope here (wire-auth0.md, section 1.2). */
function auth0Call({ subject, connection, loginHint }: ConnectionExchange): GrantCall {
  return {
    grantType: auth0Grant,
    parameters: {
      subject_token: subject.token,
      subject_token_type: subject.type,
      requested_token_type: auth0TokenType,
      connection,
      ...(loginHint === undefined ? {} : { login_hint: loginHint }),
    },
  }
}

function tokenParameters(
  subject: SubjectToken,
  actor: SubjectToken | undefined,
): Record<string, string> {
  return {
    subject_token: subject.token,
    subject_token_type: subject.type,
    ...(actor === undefined ? {} : { actor_token: actor.token, actor_token_type: actor.type }),
  }
}

function scopeParameter(scopes: readonly string[]): Record<string, string> {
  return scopes.length === 0 ? {} : { scope: scopes.join(' ') }
}

/**
 * Auth0 hands out a token whatever it can do, so the check is ours there. Our vault checks by
 * itself, and knows which names of a scope mean the same. A provider that names no scopes gave what
 * was asked for (RFC 6749 section 5.1): to ask the user again would never end.
 */
function requireScopes(dialect: Dialect, exchange: ConnectionExchange, answer: TokenAnswer): void {
  if (dialect !== 'auth0' || answer.scopes === undefined || answer.scopes.length === 0) return
  const granted = new Set(answer.scopes)
  const missingScopes = exchange.scopes.filter((scope) => !granted.has(scope))
  if (missingScopes.length === 0) return
  const { connection, scopes } = exchange
  throw connectRequired({ reason: 'scopes_missing', connection, scopes, missingScopes })
}

function expiry({ expiresInSeconds }: TokenAnswer, runtime: Runtime): number | undefined {
  return expiresInSeconds === undefined ? undefined : runtime.now() + expiresInSeconds
}
