import { createTokenAcquirer, withCall, type WrapperSettings } from './acquire-tokens.ts'
import { connectRequired } from './user-must-act.ts'
import { findFederatedConnectionError } from './federated-connection-error.ts'
import { isInterruptError } from './interrupt-error.ts'
import { iterateInContext } from './iterate-in-context.ts'
import type { ProtectedResult, Protection } from './protection.ts'
import { type Needles, needlesOf, redactError, redactValue } from './redact.ts'
import { findLiveToken, type LiveToken, type TokenFrame, tokenContext } from './token-context.ts'
import type { ToolCall } from './tool-call.ts'
import { findValetKeyError, isValetKeyError, ValetKeyError } from './valet-key-error.ts'
import { isSameToken } from './vault-connection.ts'

/** Settings of one wrapper, with what to do after a refusal. */
export interface ProtectionSettings<Call extends ToolCall> extends WrapperSettings<Call> {
  readonly retry: 'never' | 'once'
}

/** Makes the {@link Protection} of one wrapper. */
export function createProtection<Call extends ToolCall>(
  settings: ProtectionSettings<Call>,
): Protection<Call> {
  const acquire = createTokenAcquirer(settings)

  const run = async <Result>(call: Call, tool: () => Result): Promise<Awaited<Result>> => {
    const acquired = acquire(call)
    const tokens = acquired instanceof Promise ? await acquired : acquired
    for (let isRetry = false; ; isRetry = true) {
      const frame = frameOf(tokens)
      try {
        const result = await tokenContext.run(frame, tool)
        return clean(result, frame, call, settings)
      } catch (error) {
        const mayRetry = settings.retry === 'once' && !isRetry
        await recover({ error, frame, call, mayRetry }, settings)
      }
    }
  }

  const iterate: Protection<Call>['iterate'] = async function* (call, tool) {
    const tokens = await acquire(call)
    for (let isRetry = false; ; isRetry = true) {
      const frame = frameOf(tokens)
      let hasYielded = false
      try {
        const end = yield* iterateInContext(
          (step) => tokenContext.run(frame, step),
          tool,
          (item) => {
            hasYielded = true
            return clean(item, frame, call, settings)
          },
        )
        return clean(end, frame, call, settings)
      } catch (error) {
        const mayRetry = settings.retry === 'once' && !isRetry && !hasYielded
        await recover({ error, frame, call, mayRetry }, settings)
      }
    }
  }

  const check: Protection<Call>['check'] = async (call) => {
    try {
      await acquire(call)
      return undefined
    } catch (error) {
      if (isInterruptError(error)) return error.interrupt
      throw error
    }
  }

  function wrap<Parameters extends unknown[], Result>(
    execute: (...parameters: Parameters) => Result,
    toCall: (...parameters: Parameters) => Call,
  ): (...parameters: Parameters) => ProtectedResult<Result>
  function wrap<Parameters extends unknown[]>(
    execute: (...parameters: Parameters) => unknown,
    toCall: (...parameters: Parameters) => Call,
  ): (...parameters: Parameters) => unknown {
    if (!isAsyncGeneratorFunction(execute)) {
      return function (this: unknown, ...parameters) {
        return run(toCall(...parameters), () => execute.apply(this, parameters))
      }
    }
    // Frameworks tell a streaming tool by what it returns, at once: a promise of one will not do.
    // An async generator function again, so that a wrapper around this one can tell.
    return async function* (this: unknown, ...parameters) {
      return yield* iterate(toCall(...parameters), () => execute.apply(this, parameters))
    }
  }

  return { connections: settings.plans.map((plan) => plan.connection), run, iterate, check, wrap }
}

function isAsyncGeneratorFunction<Parameters extends unknown[]>(
  execute: (...parameters: Parameters) => unknown,
): execute is (...parameters: Parameters) => AsyncGenerator {
  return Object.prototype.toString.call(execute) === '[object AsyncGeneratorFunction]'
}

function frameOf(tokens: readonly LiveToken[]): TokenFrame {
  return { parent: tokenContext.getStore(), tokens, isFake: false, lastRead: undefined }
}

interface Failure<Call extends ToolCall> {
  readonly error: unknown
  readonly frame: TokenFrame
  readonly call: Call
  readonly mayRetry: boolean
}

/** Returns when the tool may run again; otherwise throws what leaves the wrapper. */
async function recover<Call extends ToolCall>(
  failure: Failure<Call>,
  settings: ProtectionSettings<Call>,
): Promise<void> {
  const { frame, call, mayRetry } = failure
  const error = cleanError(failure, settings)
  const live = refusedToken(error, frame)
  if (live === undefined) throw withCall(error, call, settings)
  if (await wasRenewed(live, error, { call, settings })) {
    if (mayRetry) return
    throw new ValetKeyError(
      'provider_unavailable',
      `${JSON.stringify(live.connection)} refused its token. A fresh one is ready: try again.`,
      { cause: error, retryAfterSeconds: 0 },
    )
  }
  const { connection } = live
  const scopes = settings.plans.find((plan) => plan.connection === connection)?.scopes ?? []
  const { account } = live.current
  const need = { reason: 'reconnect_required', connection, scopes, account } as const
  throw withCall(connectRequired(need, { cause: error }), call, settings)
}

/** Drops the refused token and asks for a newer one; a token that is new already is not asked for again. */
async function wasRenewed<Call extends ToolCall>(
  live: LiveToken,
  cause: unknown,
  { call, settings }: { readonly call: Call; readonly settings: ProtectionSettings<Call> },
): Promise<boolean> {
  if (live.seen.length > 1) return false
  const refused = live.current
  try {
    return !isSameToken(await live.renew(), refused)
  } catch (error) {
    if (isValetKeyError(error) && error.cause === undefined) error.cause = cause
    throw withCall(error, call, settings)
  }
}

/** The token that a `FederatedConnectionError` is about; `undefined` for any other error. */
function refusedToken(error: unknown, frame: TokenFrame): LiveToken | undefined {
  const refusal = findFederatedConnectionError(error)
  // An error of ours already says what a refusal inside it led to (a nested wrapper's, say).
  if (refusal === undefined || findValetKeyError(error) !== undefined) return undefined
  const { connection } = refusal
  const [only, ...others] = frame.tokens
  if (connection === undefined) {
    const live = others.length === 0 ? only : frame.lastRead
    if (live !== undefined) return live
    throw new ValetKeyError(
      'client_misconfigured',
      'A tool with several connections threw FederatedConnectionError: name the connection in it.',
      { cause: error },
    )
  }
  const live = frame.tokens.find((token) => token.connection === connection)
  if (live !== undefined || findLiveToken(frame.parent, connection) !== undefined) return live
  throw new ValetKeyError(
    'client_misconfigured',
    `A tool threw FederatedConnectionError for ${JSON.stringify(connection)}, which its wrapper does not have.`,
    { cause: error },
  )
}

function clean<Value, Call extends ToolCall>(
  value: Value,
  frame: TokenFrame,
  call: Call,
  { vault }: ProtectionSettings<Call>,
): Value {
  const redacted = redactValue(value, needlesOfFrame(frame))
  if (redacted.found) {
    vault.emit({ name: 'token_redacted', place: 'result', toolName: call.toolName })
  }
  return redacted.value
}

function cleanError<Call extends ToolCall>(
  { error, frame, call }: Failure<Call>,
  { vault }: ProtectionSettings<Call>,
): unknown {
  const redacted = redactError(error, needlesOfFrame(frame))
  if (redacted.found) {
    vault.emit({ name: 'token_redacted', place: 'error', toolName: call.toolName })
  }
  return redacted.value
}

function needlesOfFrame({ tokens }: TokenFrame): Needles {
  const [first, ...others] = tokens
  if (first !== undefined && others.length === 0 && first.seen.length === 1) {
    return needlesOf(first.current)
  }
  return tokens.flatMap(({ seen }) => seen.flatMap(needlesOf))
}
