import type { GrantType } from '../../domain/client.ts'
import { accept } from '../../domain/result.ts'
import type { AuthorizationServer } from '../../ports/authorization-server.ts'
import type { RefreshLogin } from '../../use-cases/refresh-login.ts'
import type { PollPace } from '../../use-cases/poll-pace.ts'
import { pairsOf } from '../forward-form.ts'
import { forwardedAnswer } from '../forwarded-answer.ts'
import { toJsonResponse } from '../to-response.ts'
import type { Grant, GrantAnswer, GrantRequest } from './grant.ts'

export interface AuthorizationServerGrantsDependencies {
  readonly authorizationServer: AuthorizationServer
  readonly refreshLogin: RefreshLogin
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
function refreshTokenGrant({ refreshLogin }: AuthorizationServerGrantsDependencies): Grant {
  return {
    grantType: 'refresh_token',
    name: 'refresh_token',
    dialect: 'rfc8693',
    parameters: ['refresh_token', 'scope', 'resource', 'audience'],
    proofs: 'forwarded',
    handle: async ({ client, parameters, dpop }) => {
      const token = parameters.get('refresh_token')
      if (token === undefined) {
        return {
          ok: false,
          refusal: { reason: 'missing_parameter', parameter: 'refresh_token' },
        }
      }
      const answered = await refreshLogin({
        client,
        refreshToken: token,
        scope: parameters.get('scope'),
        resources: parameters.getAll('resource'),
        dpop,
      })
      return accept(await forwardedAnswer(answered))
    },
  }
}
