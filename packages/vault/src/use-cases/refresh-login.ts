import type { Client } from '../domain/client.ts'
import type { AuthorizationAnswer, AuthorizationServer } from '../ports/authorization-server.ts'
import type { LoginTokens, Rotation } from '../ports/login-tokens.ts'
import type { Runtime } from '../ports/runtime.ts'

export interface RefreshLoginRequest {
  readonly client: Client
  /** Attacker-controlled. */
  readonly refreshToken: string
  readonly scope?: string | undefined
  readonly dpop?: string | undefined
}

export type RefreshLogin = (request: RefreshLoginRequest) => Promise<AuthorizationAnswer>

export interface RefreshLoginDependencies {
  readonly authorizationServer: AuthorizationServer
  readonly loginTokens: LoginTokens
  readonly runtime: Pick<Runtime, 'sleep'>
}

/** A rotation takes milliseconds; what takes longer has died, or is about to. */
const ROTATION_TURNS = 100
const ROTATION_TURN_SECONDS = 0.02
const RETRY_SECONDS = 5

/**
 * The refresh grant (RFC 6749 section 6). A token that was rotated a moment ago is answered with its successor, the same
 * for everyone who asks (RV-51): two tabs that refresh at once, or an answer that got lost, are no theft. In one process
 * the requests with one token wait for each other, so that the first has written what the others are answered with.
 */
export function refreshLogin({
  authorizationServer,
  loginTokens,
  runtime,
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

  return async ({ client, refreshToken, scope, dpop }) => {
    const forward = async (token: string, kept: 'kept' | undefined): Promise<AuthorizationAnswer> =>
      await authorizationServer.answer({
        method: 'POST',
        target: '/oauth/token',
        form: [
          ['grant_type', 'refresh_token'],
          ['refresh_token', token],
          ...(scope === undefined ? [] : [['scope', scope] as const]),
        ],
        client,
        headers: { dpop, accept: 'application/json' },
        refreshToken: kept,
      })

    return await inTurn(JSON.stringify([client.id, refreshToken]), async () => {
      const known = await settled({ client, refreshToken })
      if (known.state === 'under_way') return unavailable()
      const answer =
        known.state === 'replaced'
          ? await forward(known.successor, 'kept')
          : await forward(refreshToken, undefined)
      if (answer.response.ok) {
        const used = known.state === 'replaced' ? known.successor : refreshToken
        await loginTokens.used({ client, refreshToken: used })
      }
      if (answer.response.ok || known.state === 'replaced' || dpop !== undefined) return answer
      // Another process may have been faster: then its successor is there now.
      const late = await settled({ client, refreshToken })
      if (late.state === 'under_way') return unavailable()
      return late.state === 'replaced' ? await forward(late.successor, 'kept') : answer
    })
  }

  /** What has become of the token once a rotation that is under way, in whichever process, is over. */
  async function settled(
    query: Pick<RefreshLoginRequest, 'client' | 'refreshToken'>,
  ): Promise<Rotation> {
    for (let turn = 0; turn < ROTATION_TURNS; turn++) {
      const rotation = await loginTokens.rotationOf(query)
      if (rotation.state !== 'under_way') return rotation
      await runtime.sleep(ROTATION_TURN_SECONDS)
    }
    return { state: 'under_way' }
  }
}

/** Nothing is lost: after a while the token is as it was, or its successor is there. */
function unavailable(): AuthorizationAnswer {
  const headers = { 'retry-after': String(RETRY_SECONDS) }
  return {
    response: Response.json({ error: 'temporarily_unavailable' }, { status: 503, headers }),
  }
}
