import type { KeptApiToken } from './api-token.ts'
import type { ConnectionToken } from './connection-token.ts'
import type { EventListener } from './events.ts'
import {
  type ExchangeTarget,
  type FailureContext,
  fromAnswer,
  fromNoAnswer,
  protocolError,
} from './failure-to-error.ts'
import {
  type ApiExchange,
  apiGrant,
  type ConnectionExchange,
  connectionGrant,
  type GrantParameters,
} from './grant-parameters.ts'
import type { Runtime } from './runtime.ts'
import { secret } from './secret.ts'
import { signSubject } from './sign-subject.ts'
import { isSigned, type Subject, type SubjectToken } from './subject-token.ts'
import { parseTokenAnswer, type TokenAnswer } from './token-answer.ts'
import type { TokenEndpoint } from './token-endpoint.ts'
import { isValetKeyError } from './valet-key-error.ts'
import { connectRequired } from './user-must-act.ts'
import type { VaultSettings } from './vault-settings.ts'
import type { Dialect } from './wire-codes.ts'

/** What the exchange stands on. */
export interface ExchangeDependencies extends VaultSettings {
  readonly endpoint: TokenEndpoint
  readonly runtime: Runtime
  readonly emit: EventListener
}

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
      grant: connectionGrant(dependencies.dialect, exchange),
    },
    signal,
  )
  const asksForAccount = /^cac_[A-Za-z0-9]+$/.test(exchange.loginHint ?? '')
  // A mixed-up answer would hand out someone else's token: what it says about itself must fit.
  const fits =
    // A provider's API knows nothing of our proofs.
    answer.tokenType === 'Bearer' &&
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
  exchange: ApiExchange,
  signal: AbortSignal | undefined,
): Promise<KeptApiToken> {
  const { audience, scopes, subject, actor } = exchange
  const { answer, context } = await send(
    dependencies,
    {
      target: { kind: 'api', audience },
      subject,
      actor,
      grant: apiGrant(dependencies.dialect, exchange),
    },
    signal,
  )
  // Bound to a key, but to none of ours: nobody could use it.
  if (answer.tokenType === 'DPoP' && dependencies.dpop === undefined) throw protocolError(context)
  return {
    token: secret(answer.accessToken),
    tokenType: answer.tokenType,
    expiresAt: expiry(answer, dependencies.runtime),
    scopes: answer.scopes ?? scopes,
  }
}

interface Sending {
  readonly target: ExchangeTarget
  readonly subject: Subject
  readonly actor: SubjectToken | undefined
  readonly grant: GrantParameters
}

async function send(
  dependencies: ExchangeDependencies,
  { target, subject, actor, grant }: Sending,
  signal: AbortSignal | undefined,
): Promise<{ readonly answer: TokenAnswer; readonly context: FailureContext }> {
  const { endpoint, address, dialect, runtime, emit, credential } = dependencies
  const presented: string[] = []
  const subjectToken = async (): Promise<string> => {
    const token = isSigned(subject) ? await signSubject(subject, dependencies) : subject.token
    presented.push(token)
    return token
  }
  const name = target.kind === 'connection' ? target.connection : target.audience
  const startedAt = runtime.monotonicMilliseconds()
  const duration = (): number => runtime.monotonicMilliseconds() - startedAt
  try {
    const sent = await endpoint({ ...grant, subjectToken }, signal)
    const context: FailureContext = {
      dialect,
      target,
      issuer: address.issuer,
      now: runtime.now(),
      secrets: [
        ...presented,
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
