import type { GrantType } from '../../domain/client.ts'
import { accept, refuse } from '../../domain/result.ts'
import { parseScope } from '../../domain/scope.ts'
import type { AuthorizationServer } from '../../ports/authorization-server.ts'
import type { RefreshForApi } from '../../use-cases/refresh-for-api.ts'
import type { RefreshLogin } from '../../use-cases/refresh-login.ts'
import type { PollPace } from '../../use-cases/poll-pace.ts'
import { pairsOf } from '../forward-form.ts'
import { forwardedAnswer } from '../forwarded-answer.ts'
import { toJsonResponse } from '../to-response.ts'
import { toOwnTokenAnswer } from './own-token-answer.ts'
import { readTarget } from './read-target.ts'
import type { Grant, GrantAnswer, GrantRequest } from './grant.ts'

export interface AuthorizationServerGrantsDependencies {
  readonly authorizationServer: AuthorizationServer
  readonly issuer: string
  readonly refreshLogin: RefreshLogin
  readonly refreshForApi: RefreshForApi
  readonly pollPace: PollPace
}

interface OidcGrant {
  readonly grantType: string
  readonly name: GrantType
  readonly parameters: readonly string[]
  /** The parameter by which a client asks again and again until the user has decided. */
  readonly polledBy?: string | undefined
}

const GRANTS: readonly OidcGrant[] = [
  {
    grantType: 'authorization_code',
    name: 'authorization_code',
    parameters: ['code', 'redirect_uri', 'code_verifier', 'resource'],
  },
  {
    grantType: 'urn:ietf:params:oauth:grant-type:device_code',
    name: 'device_code',
    parameters: ['device_code', 'resource'],
    polledBy: 'device_code',
  },
  {
    grantType: 'urn:openid:params:grant-type:ciba',
    name: 'ciba',
    parameters: ['auth_req_id', 'resource'],
    polledBy: 'auth_req_id',
  },
]

/** The grants that the authorization server answers; clients were authenticated like for every other. */
export function authorizationServerGrants(
  dependencies: AuthorizationServerGrantsDependencies,
): readonly Grant[] {
  return [
    ...GRANTS.map(({ grantType, name, parameters, polledBy }): Grant => ({
      grantType,
      name,
      dialect: 'rfc8693',
      parameters,
      proofs: 'forwarded',
      handle: async (request) => await answer(dependencies, request, { parameters, polledBy }),
    })),
    refreshTokenGrant(dependencies),
  ]
}

async function answer(
  { authorizationServer, pollPace }: AuthorizationServerGrantsDependencies,
  { client, parameters, dpop }: GrantRequest,
  { parameters: names, polledBy }: Pick<OidcGrant, 'parameters' | 'polledBy'>,
): Promise<GrantAnswer> {
  const polled = polledBy === undefined ? undefined : parameters.get(polledBy)
  const wait = polled === undefined ? undefined : pollPace.take({ clientId: client.id, id: polled })
  if (wait !== undefined) {
    return accept(
      toJsonResponse(
        { error: 'slow_down', error_description: 'Ask less often.', interval: wait },
        400,
        { 'retry-after': String(wait) },
      ),
    )
  }
  const form = pairsOf(parameters).filter(([name]) => name === 'grant_type' || names.includes(name))
  const answered = await authorizationServer.answer({
    method: 'POST',
    target: '/oauth/token',
    form,
    client,
    headers: { dpop, accept: 'application/json' },
  })
  return accept(await forwardedAnswer(answered))
}

/** RFC 6749 section 6, with rotation and its grace (RV-50 to RV-52, R6). */
function refreshTokenGrant({
  issuer,
  refreshLogin,
  refreshForApi,
}: AuthorizationServerGrantsDependencies): Grant {
  return {
    grantType: 'refresh_token',
    name: 'refresh_token',
    dialect: 'rfc8693',
    parameters: ['refresh_token', 'scope', 'resource', 'audience'],
    handle: async ({ client, parameters, jkt, dpop, requestId }) => {
      const token = parameters.get('refresh_token')
      if (token === undefined) {
        return {
          ok: false,
          refusal: { reason: 'missing_parameter', parameter: 'refresh_token' },
        }
      }
      const request = { client, refreshToken: token, dpop }
      const scope = parameters.get('scope')
      if (!['audience', 'resource'].some((name) => parameters.get(name) !== undefined)) {
        return accept(await forwardedAnswer(await refreshLogin({ ...request, scope })))
      }
      // Another API than the login was for, or the connected-accounts API: Auth0 calls it multi-resource refresh.
      const target = readTarget(parameters, issuer)
      if (!target.ok) return target
      const scopes = scope === undefined ? undefined : parseScope(scope)
      if (scope !== undefined && scopes === undefined) {
        return refuse({ reason: 'invalid_scope_syntax' })
      }
      const refreshed = await refreshForApi({
        ...request,
        target: target.value,
        scopes,
        jkt,
        requestId,
      })
      if (!refreshed.ok) return refreshed
      const { answer, issued } = refreshed.value
      const forwarded = await forwardedAnswer(answer)
      if (!forwarded.ok || issued === undefined) return accept(forwarded)
      const members: unknown = await forwarded.json()
      return accept({
        ...(typeof members === 'object' && members),
        ...toOwnTokenAnswer(issued, jkt),
      })
    },
  }
}
