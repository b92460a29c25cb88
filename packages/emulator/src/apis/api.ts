import { userOf, type EmulatedProvider, type Emulation } from '../emulation.ts'
import { bearerOf } from '../incoming.ts'
import type { LogRoute } from '../log.ts'
import { providerEndpoint, type Exchange } from '../provider-endpoint.ts'
import type { Reply } from '../reply.ts'
import { coveredScopes } from '../scope-coverage.ts'
import { judgeAccessToken, type StoredAccessToken } from '../state.ts'
import { accountOf, type EmulatorUser, type ProviderAccount } from '../users.ts'

/** Why an API does not serve a call. */
export type ApiRefusal =
  | { readonly reason: 'missing' | 'unknown' | 'expired' | 'revoked' }
  | {
      readonly reason: 'scope_missing'
      /** Any one of them would do. */
      readonly needed: readonly string[]
      readonly provided: readonly string[]
    }
  | { readonly reason: 'malformed'; readonly problem: string; readonly status: number }

/** A call whose token is good for it. */
export interface ApiCall extends Exchange {
  readonly user: EmulatorUser
  readonly account: ProviderAccount
  readonly token: StoredAccessToken
}

/** One operation of an API. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST'
  /** As at the provider, without its host. */
  readonly path: string
  /** Any one of these scopes is enough. Default: none is needed. */
  readonly anyScope?: readonly string[] | undefined
  readonly handle: (call: ApiCall) => Reply
}

/** The APIs of one provider. */
export interface ProviderApis {
  readonly routes: readonly ApiRoute[]
  /** How they refuse. */
  readonly refuse: (refusal: ApiRefusal) => Reply
}

/** An API operation as a route: checks token, expiry and scope, then serves. */
export function apiRoute(
  emulation: Emulation,
  provider: EmulatedProvider,
  apis: ProviderApis,
  route: ApiRoute,
  logged: Extract<LogRoute, 'api' | 'userinfo'> = 'api',
): (request: Request) => Promise<Response> {
  return providerEndpoint(emulation, provider, {
    route: logged,
    faultPoints: () => [logged],
    refuse: (_, problem, status) => apis.refuse({ reason: 'malformed', problem, status }),
    handle: (exchange) => {
      const { clock, state } = emulation
      const bearer = bearerOf(exchange.incoming.headers)
      if (bearer === undefined) return apis.refuse({ reason: 'missing' })
      const verdict = judgeAccessToken(state, provider.id, bearer, clock.now())
      if (!verdict.ok) return apis.refuse({ reason: verdict.reason })
      const { token, family } = verdict
      const user = userOf(emulation, family.user)
      exchange.entry.note({ user: user.id, clientId: family.clientId })
      const needed = route.anyScope ?? []
      const covered = coveredScopes(exchange.definition, token.scopes)
      if (needed.length > 0 && !needed.some((scope) => covered.has(scope))) {
        return apis.refuse({ reason: 'scope_missing', needed, provided: token.scopes })
      }
      return route.handle({ ...exchange, user, account: accountOf(provider.id, user), token })
    },
  })
}
