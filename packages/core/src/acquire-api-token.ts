import { requireActor } from './acquire-tokens.ts'
import type { ApiToken } from './api-token.ts'
import { cacheKey } from './cache-key.ts'
import type { ActorResolver, SubjectResolver } from './subject-token.ts'
import { sortedScopes } from './token-for-connection-options.ts'
import type { ToolCall } from './tool-call.ts'
import { loginRequired } from './user-must-act.ts'
import type { VaultConnection } from './vault-connection.ts'

/** Which token, for whom, by whom. */
export interface ApiTokenSettings<Call> {
  readonly vault: VaultConnection
  readonly audience: string
  readonly scopes: readonly string[] | undefined
  readonly subject: SubjectResolver<Call>
  readonly actor: ActorResolver<Call> | undefined
}

/** Finds who is asking, then gets the token: from the cache, or by an exchange. */
export async function acquireApiToken<Call extends ToolCall>(
  { vault, audience, scopes: wanted = [], subject, actor }: ApiTokenSettings<Call>,
  call: Call,
): Promise<ApiToken> {
  if (typeof audience !== 'string' || audience === '') {
    throw new TypeError('"audience" must be the identifier of an API')
  }
  const scopes = sortedScopes(wanted)
  const [subjectToken, actorToken] = await Promise.all([subject(call), actor?.(call)])
  if (subjectToken === undefined) throw loginRequired()
  if (actor !== undefined) requireActor(actorToken)
  const kept = await vault.apiToken(
    { audience, scopes, subject: subjectToken, actor: actorToken },
    cacheKey(subjectToken, { actor: actorToken, target: [audience, scopes] }),
    call.signal,
  )
  return { ...kept, token: kept.token.reveal() }
}
