import { createValetKeyClient } from '../src/client.ts'
import type { ValetKeyOptions } from '../src/options.ts'
import { type Runtime, systemRuntime } from '../src/runtime.ts'
import type { ValetKeyClient } from '../src/client.ts'

/** A runtime whose waits end at once, and whose clock stands still until it is set. */
export function testRuntime(): Runtime & { seconds: number; readonly waits: number[] } {
  const waits: number[] = []
  const runtime = {
    ...systemRuntime,
    seconds: 1_800_000_000,
    waits,
    now: (): number => runtime.seconds,
    wait: async (milliseconds: number, signal: AbortSignal): Promise<void> => {
      signal.throwIfAborted()
      waits.push(milliseconds)
      await Promise.resolve()
    },
  }
  return runtime
}

/** A client of a vault at that issuer, for the user `alice`. */
export function aClient(
  issuer: string,
  options: ValetKeyOptions = {},
  runtime: Runtime = testRuntime(),
): ValetKeyClient {
  return createValetKeyClient(
    {
      issuer,
      clientId: 'agent',
      clientSecret: 'agent-secret',
      ...(['accessToken', 'refreshToken', 'subjectToken'].some((name) => name in options)
        ? {}
        : { accessToken: 'alice-login-token' }),
      ...options,
    },
    runtime,
  )
}
