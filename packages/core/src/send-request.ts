import { readText } from './read-text.ts'
import type { Result } from './result.ts'
import type { Runtime } from './runtime.ts'

/** An answer whose body was read whole. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Why there is no answer. `cause` is a fresh error that holds no request, header or body. */
export interface NoAnswer {
  readonly reason: 'network' | 'timeout' | 'too_large' | 'invalid'
  readonly cause: Error
}

/** How long and how often to try. */
export interface SendOptions {
  /** For everything together: tries, waits and reading. */
  readonly timeoutSeconds: number
  readonly retries: number
  readonly signal: AbortSignal | undefined
  /** Told before each wait. */
  readonly onRetry?: ((attempt: number, delayMilliseconds: number) => void) | undefined
}

const maxAnswerBytes = 1_048_576
const firstDelayMilliseconds = 200
const longestRetryAfterSeconds = 86_400

/**
 * Sends until an answer comes that another try could not better: after a network error, a 429 or a
 * 5xx it waits (`Retry-After`, else a jittered back-off) and sends again, inside the time limit.
 *
 * @throws the signal's reason when the caller aborts
 */
export async function sendWithRetries(
  runtime: Runtime,
  options: SendOptions,
  send: (signal: AbortSignal) => Promise<Result<HttpAnswer, NoAnswer>>,
): Promise<Result<HttpAnswer, NoAnswer>> {
  options.signal?.throwIfAborted()
  const startedAt = runtime.monotonicMilliseconds()
  const limit = options.timeoutSeconds * 1000
  const deadline = AbortSignal.timeout(limit)
  const signal =
    options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
  for (let attempt = 1; ; attempt += 1) {
    const result = await send(signal)
    options.signal?.throwIfAborted()
    if (deadline.aborted || attempt > options.retries || !isWorthRetrying(result)) return result
    const delay = retryDelay(runtime, attempt, result)
    if (runtime.monotonicMilliseconds() - startedAt + delay >= limit) return result
    options.onRetry?.(attempt, delay)
    try {
      await runtime.wait(delay, signal)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (deadline.aborted) return result
      throw error
    }
  }
}

/** One request whose answer is read up to 1 MiB; redirects are not followed. */
export async function sendOnce(
  runtime: Runtime,
  url: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<Result<HttpAnswer, NoAnswer>> {
  try {
    const response = await runtime.fetch(url, { ...init, redirect: 'manual', signal })
    const text = await readText(response, maxAnswerBytes)
    if (text === undefined) {
      const cause = new Error(`The answer is larger than ${maxAnswerBytes} bytes`)
      return { ok: false, refusal: { reason: 'too_large', cause } }
    }
    // Runtimes that hide a redirect show it with status 0.
    const status = response.type === 'opaqueredirect' ? 302 : response.status
    return { ok: true, value: { status, headers: response.headers, text } }
  } catch (error) {
    const isTimeout = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
    return {
      ok: false,
      refusal: { reason: isTimeout ? 'timeout' : 'network', cause: withoutRequest(error) },
    }
  }
}

/** Seconds of a `Retry-After` header, in either form (RFC 9110 section 10.2.3). */
export function retryAfterSeconds(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value), longestRetryAfterSeconds)
  const date = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(date)) return undefined
  return Math.min(Math.max(Math.ceil(date / 1000) - now, 0), longestRetryAfterSeconds)
}

function isWorthRetrying(result: Result<HttpAnswer, NoAnswer>): boolean {
  if (!result.ok) return result.refusal.reason === 'network'
  return result.value.status === 429 || result.value.status >= 500
}

function retryDelay(
  runtime: Runtime,
  attempt: number,
  result: Result<HttpAnswer, NoAnswer>,
): number {
  const [random = 0] = runtime.randomBytes(1)
  // Jitter spreads the callers that an outage has synchronised.
  const backOff = firstDelayMilliseconds * 2 ** (attempt - 1) * (0.5 + random / 255)
  if (!result.ok) return backOff
  const asked = retryAfterSeconds(result.value.headers, runtime.now())
  return asked === undefined ? backOff : asked * 1000 + (backOff * random) / 255
}

/** A custom fetch may hang the whole request, secrets included, on its error: keep the words only. */
function withoutRequest(error: unknown): Error {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(inner instanceof Error)) return new Error('The request failed')
  const code = 'code' in inner && typeof inner.code === 'string' ? `${inner.code}: ` : ''
  return new Error(`${inner.name}: ${code}${inner.message}`.slice(0, 300))
}
