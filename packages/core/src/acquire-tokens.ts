import type { ConnectionToken } from './connection-token.ts'
import { connectUrlFor } from './connect-url.ts'
import { loginRequired } from './user-must-act.ts'
import { isInterruptError, toInterruptError } from './interrupt-error.ts'
import type { Interrupt } from './interrupt.ts'
import { isConnectUrl } from './parse-interrupt.ts'
import { cacheKey, restOfKey, subjectKey } from './cache-key.ts'
import {
  type ActorResolver,
  isSigned,
  resolveText,
  type Subject,
  type SubjectResolver,
  type SubjectToken,
} from './subject-token.ts'
import type { CacheKey } from './token-cache.ts'
import { findLiveToken, type LiveToken, tokenContext } from './token-context.ts'
import type { ConnectionPlan } from './token-for-connection-options.ts'
import type { ToolCall } from './tool-call.ts'
import { ValetKeyError } from './valet-key-error.ts'
import type { ConnectionTokenRequest, VaultConnection } from './vault-connection.ts'

/** What every call of one wrapper shares. */
export interface WrapperSettings<Call extends ToolCall> {
  readonly vault: VaultConnection
  readonly plans: readonly ConnectionPlan<Call>[]
  readonly subject: SubjectResolver<Call>
  readonly actor: ActorResolver<Call> | undefined
  readonly connectUrl: string | undefined
}

/** Finds who is asking, then gets the tokens of all connections; does not wait when they are cached. */
export type TokenAcquirer<Call extends ToolCall> = (
  call: Call,
) => readonly LiveToken[] | Promise<readonly LiveToken[]>

/** Makes the {@link TokenAcquirer} of one wrapper. */
export function createTokenAcquirer<Call extends ToolCall>(
  settings: WrapperSettings<Call>,
): TokenAcquirer<Call> {
  const { vault, subject, actor, plans } = settings
  const plain = plainPlan(settings)

  const acquireAll = async (
    call: Call,
    pending: ReturnType<SubjectResolver<Call>>,
  ): Promise<readonly LiveToken[]> => {
    try {
      const [subjectToken, actorToken] = await Promise.all([pending, actor?.(call)])
      call.signal?.throwIfAborted()
      if (subjectToken === undefined) throw loginRequired()
      if (actor !== undefined) requireActor(actorToken)
      return await allOrFirstError(
        plans.map(async (plan) => {
          const hint = await resolveText(plan.loginHint, call)
          const request = requestFor(plan, subjectToken, actorToken, hint)
          return await acquire(vault, request, call.signal)
        }),
      )
    } catch (error) {
      throw withCall(error, call, settings)
    }
  }

  return (call) => {
    // Also when the token is in the cache: what was aborted must not act.
    call.signal?.throwIfAborted()
    const fake = fakeTokens(plans)
    if (fake !== undefined) return fake
    const pending = subject(call)
    // The hot path: one connection, its subject at hand, its token in the cache.
    if (plain !== undefined && pending !== undefined && !(pending instanceof Promise)) {
      const key = { subject: subjectKey(pending), rest: plain.rest(pending) }
      const token = vault.peek(key)
      if (token !== undefined) {
        const request = (): ConnectionTokenRequest =>
          requestFor(plain.plan, pending, undefined, undefined)
        return [liveToken(vault, { request, key, signal: call.signal }, token)]
      }
    }
    return acquireAll(call, pending)
  }
}

/** The token of one connection, outside the hot path. */
async function acquire(
  vault: VaultConnection,
  request: ConnectionTokenRequest,
  signal: AbortSignal | undefined,
): Promise<LiveToken> {
  const key = cacheKey(request.subject, { actor: request.actor, target: targetOf(request) })
  const token = await vault.get(request, key, signal)
  return liveToken(vault, { request: () => request, key, signal }, token)
}

/** The error as this call shows it: an interrupt names the tool, and where to connect. */
export function withCall<Call extends ToolCall>(
  error: unknown,
  call: Call,
  { vault, plans, connectUrl }: Pick<WrapperSettings<Call>, 'vault' | 'plans' | 'connectUrl'>,
): unknown {
  if (!isInterruptError(error)) return error
  const interrupt = completed(error.interrupt, call, plans, connectUrl)
  const isRaised = raised.has(error)
  // It passed an inner wrapper, which said everything.
  if (isRaised && interrupt === error.interrupt) return error
  if (!isRaised) {
    vault.emit({
      name: 'interrupt_raised',
      reason: interrupt.reason,
      target: interrupt.kind === 'connect' ? interrupt.connection : undefined,
      toolName: call.toolName,
    })
  }
  // A new error for each call: callers that shared one request must not share its error.
  const own = toInterruptError(
    interrupt,
    error.cause === undefined ? undefined : { cause: error.cause },
  )
  raised.add(own)
  return own
}

/** Errors that have left a wrapper already. */
const raised = new WeakSet<object>()

function completed<Call extends ToolCall>(
  interrupt: Interrupt,
  { toolCallId, toolName }: Call,
  plans: readonly ConnectionPlan<Call>[],
  connectUrl: string | undefined,
): Interrupt {
  const tool =
    interrupt.tool ?? (toolCallId && toolName ? { callId: toolCallId, name: toolName } : undefined)
  const named = tool === undefined ? interrupt : { ...interrupt, tool }
  if (named.kind !== 'connect') return named
  const plan = plans.find(({ connection }) => connection === named.connection)
  // The wrapper's own, where it has any, count more than what the vault's answer led to.
  const authorizationParams = { ...named.authorizationParams, ...plan?.authorizationParams }
  const whole =
    Object.keys(authorizationParams).length === 0 ? named : { ...named, authorizationParams }
  if (whole.connectUrl !== undefined || connectUrl === undefined) return whole
  const url = connectUrlFor(connectUrl, whole)
  return isConnectUrl(url) ? { ...whole, connectUrl: url } : whole
}

interface Acquisition {
  /** Made when it is needed, which is seldom. */
  readonly request: () => ConnectionTokenRequest
  readonly key: CacheKey
  readonly signal: AbortSignal | undefined
}

function liveToken(
  vault: VaultConnection,
  { request, key, signal }: Acquisition,
  token: ConnectionToken,
): LiveToken {
  const live: LiveToken = {
    connection: token.connection,
    current: token,
    seen: [token],
    renew: async () => {
      const newer = await vault.renew(request(), key, { token: live.current, signal })
      live.current = newer
      live.seen.push(newer)
      return newer
    },
    vault,
  }
  return live
}

function requestFor<Call>(
  { connection, scopes }: ConnectionPlan<Call>,
  subject: Subject,
  actor: SubjectToken | undefined,
  hint: string | null | undefined,
): ConnectionTokenRequest {
  const loginHint = hint === null || hint === '' ? undefined : hint
  return { connection, scopes, loginHint, subject, actor }
}

function targetOf({ connection, loginHint, scopes }: ConnectionTokenRequest): readonly unknown[] {
  return [connection, loginHint ?? null, scopes]
}

interface PlainPlan<Call extends ToolCall> {
  readonly plan: ConnectionPlan<Call>
  readonly rest: (subject: Subject) => string
}

/** A wrapper whose key differs between calls only in the subject; its text is made once. */
function plainPlan<Call extends ToolCall>({
  plans,
  actor,
}: WrapperSettings<Call>): PlainPlan<Call> | undefined {
  const [plan, ...others] = plans
  if (plan === undefined || others.length > 0 || actor !== undefined) return undefined
  if (plan.loginHint !== undefined && plan.loginHint !== null && plan.loginHint !== '') {
    return undefined
  }
  const target = [plan.connection, null, plan.scopes]
  let lastKind: string | undefined
  let wasSigned = false
  let lastRest: string | undefined
  const rest = (subject: Subject): string => {
    const isNamed = isSigned(subject)
    const kind = isNamed ? subject.auditContext : subject.type
    if (lastRest === undefined || isNamed !== wasSigned || kind !== lastKind) {
      lastKind = kind
      wasSigned = isNamed
      lastRest = restOfKey(subject, { actor: undefined, target })
    }
    return lastRest
  }
  return { plan, rest }
}

/** With an `actorToken` option there is an actor. @throws {client_misconfigured} otherwise */
export function requireActor(actor: SubjectToken | undefined): void {
  if (actor !== undefined) return
  // To go on without would hand the token to the client itself instead of the agent.
  throw new ValetKeyError(
    'client_misconfigured',
    '"actorToken" gave no token. Return one, or leave the option out.',
  )
}

/** Waits for all, so that nothing is left running, and then throws the first error in order. */
async function allOrFirstError<Value>(
  promises: readonly Promise<Value>[],
): Promise<readonly Value[]> {
  const settled = await Promise.allSettled(promises)
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

/** Inside `withFakeToken`, the tokens of the test stand in for the exchange. */
function fakeTokens<Call>(
  plans: readonly ConnectionPlan<Call>[],
): readonly LiveToken[] | undefined {
  const frame = tokenContext.getStore()
  if (frame === undefined) return undefined
  let outermost = frame
  while (outermost.parent !== undefined) outermost = outermost.parent
  if (!outermost.isFake) return undefined
  return plans.map(({ connection }) => {
    const live = findLiveToken(outermost, connection)
    if (live !== undefined) return live
    throw new TypeError(`withFakeToken has no token for ${JSON.stringify(connection)}`)
  })
}
