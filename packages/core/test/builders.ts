import { generateKeyPairSync } from 'node:crypto'
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
      ...defaultSubject(options),
      ...options,
    },
    runtime,
  )
}

const agentKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Verifies what {@link aKeyClient} signs. */
export const agentPublicKey = agentKey.publicKey

/** The same client with a key (`key-1`, ES256) instead of a secret. */
export function aKeyClient(
  issuer: string,
  options: ValetKeyOptions = {},
  runtime: Runtime = testRuntime(),
): ValetKeyClient {
  const key = { ...agentKey.privateKey.export({ format: 'jwk' }), alg: 'ES256' }
  return createValetKeyClient(
    {
      issuer,
      clientId: 'agent',
      privateKey: { key, keyId: 'key-1' },
      ...defaultSubject(options),
      ...options,
    },
    runtime,
  )
}

const sources = ['accessToken', 'refreshToken', 'subjectToken', 'signedSubject']

function defaultSubject(options: ValetKeyOptions): { accessToken?: string } {
  return sources.some((name) => name in options) ? {} : { accessToken: 'alice-login-token' }
}
