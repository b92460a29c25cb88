import { parseApiOrigin } from './api-origin.ts'
import { systemRuntime } from './runtime.ts'
import { secret } from './secret.ts'
import { type LiveToken, tokenContext } from './token-context.ts'

/** Per connection, the token, or more about it. */
export type FakeTokens = Readonly<
  Record<
    string,
    | string
    | {
        readonly token: string
        readonly scopes?: readonly string[] | undefined
        /** Epoch seconds. */
        readonly expiresAt?: number | undefined
        readonly account?: string | undefined
        /** Where `fetchForConnection` may send it. */
        readonly apiHosts?: readonly string[] | undefined
      }
  >
>

/**
 * For tests of your own tools: runs `run` with these tokens. Inside, `withTokenForConnection` takes
 * its tokens from here and asks no vault; `getAccessTokenForConnection` works without a wrapper too.
 */
export function withFakeToken<Result>(tokens: FakeTokens, run: () => Result): Result {
  const live = Object.entries(tokens).map(([connection, given]): LiveToken => {
    const fake = typeof given === 'string' ? { token: given } : given
    const apiOrigins = (fake.apiHosts ?? []).map((host) => {
      const origin = parseApiOrigin(host)
      if (origin !== undefined) return origin
      throw new TypeError(`"apiHosts" must hold exact https origins, not ${JSON.stringify(host)}`)
    })
    const current = {
      connection,
      token: secret(fake.token),
      tokenType: 'Bearer',
      expiresAt: fake.expiresAt,
      scopes: fake.scopes ?? [],
      account: fake.account,
      generation: undefined,
      apiOrigins,
      apiErrors: undefined,
    }
    return {
      connection,
      current,
      seen: [current],
      renew: () => Promise.resolve(current),
      vault: { apiOrigins: () => apiOrigins, runtime: systemRuntime },
    }
  })
  return tokenContext.run(
    { parent: undefined, tokens: live, isFake: true, lastRead: undefined },
    run,
  )
}
