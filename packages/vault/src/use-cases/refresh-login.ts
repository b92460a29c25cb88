import type { Client } from '../domain/client.ts'
import type { AuthorizationAnswer, AuthorizationServer } from '../ports/authorization-server.ts'
import type { LoginTokens } from '../ports/login-tokens.ts'

export interface RefreshLoginRequest {
  readonly client: Client
  /** Attacker-controlled. */
  readonly refreshToken: string
  readonly scope?: string | undefined
  readonly resources: readonly string[]
  readonly dpop?: string | undefined
}

export type RefreshLogin = (request: RefreshLoginRequest) => Promise<AuthorizationAnswer>

export interface RefreshLoginDependencies {
  readonly authorizationServer: AuthorizationServer
  readonly loginTokens: LoginTokens
}

/**
 * The refresh grant (RFC 6749 section 6). A token that was rotated a moment ago is answered with its successor, the same
 * for everyone who asks (RV-51): two tabs that refresh at once, or an answer that got lost, are no theft. In one process
 * the requests with one token wait for each other, so that the first has written what the others are answered with.
 */
export function refreshLogin({
  authorizationServer,
  loginTokens,
}: RefreshLoginDependencies): RefreshLogin {
  const turns = new Map<string, Promise<unknown>>()

  async function inTurn<Value>(key: string, act: () => Promise<Value>): Promise<Value> {
    const before = turns.get(key) ?? Promise.resolve()
    const turn = before.then(act, act)
    turns.set(key, turn)
    try {
      return await turn
    } finally {
      if (turns.get(key) === turn) turns.delete(key)
    }
  }

  return async ({ client, refreshToken, scope, resources, dpop }) => {
    const forward = async (token: string, kept: 'kept' | undefined): Promise<AuthorizationAnswer> =>
      await authorizationServer.answer({
        method: 'POST',
        target: '/oauth/token',
        form: [
          ['grant_type', 'refresh_token'],
          ['refresh_token', token],
          ...(scope === undefined ? [] : [['scope', scope] as const]),
          ...resources.map((resource) => ['resource', resource] as const),
        ],
        client,
        headers: { dpop, accept: 'application/json' },
        refreshToken: kept,
      })

    return await inTurn(JSON.stringify([client.id, refreshToken]), async () => {
      const successor = await loginTokens.successorOf({ client, refreshToken })
      const answer =
        successor === undefined
          ? await forward(refreshToken, undefined)
          : await forward(successor, 'kept')
      if (answer.response.ok)
        await loginTokens.used({ client, refreshToken: successor ?? refreshToken })
      if (answer.response.ok || successor !== undefined) return answer
      // Another process may have been faster: then its successor is there now.
      const late = await loginTokens.successorOf({ client, refreshToken })
      return late === undefined || dpop !== undefined ? answer : await forward(late, 'kept')
    })
  }
}
