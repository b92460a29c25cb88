import { apiPolicyOf } from '../domain/client.ts'
import { isApiAllowed } from '../domain/decide-api-token.ts'
import { permittedMyAccountScopes } from '../domain/my-account-scopes.ts'
import type { ExchangeRefusal } from '../domain/refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { ApiStore } from '../ports/api-store.ts'
import type { AuthorizationAnswer } from '../ports/authorization-server.ts'
import type { SubjectVerifier } from '../ports/subject-verifier.ts'
import type { IssueApiToken, IssuedApiToken } from './issue-api-token.ts'
import type { IssueMyAccountToken } from './issue-my-account-token.ts'
import type { RefreshLogin, RefreshLoginRequest } from './refresh-login.ts'

export interface RefreshForApiRequest extends Pick<
  RefreshLoginRequest,
  'client' | 'refreshToken' | 'dpop'
> {
  readonly target:
    | { readonly kind: 'my_account' }
    | { readonly kind: 'api'; readonly identifier: string }
    /** Providers' tokens are exchanged for, not refreshed for. */
    | { readonly kind: 'connection'; readonly name: string }
  /** Absent: all that the client may have. What it may not have is left out. */
  readonly scopes?: readonly string[] | undefined
  /** Of the key that the request was verified to hold. */
  readonly jkt?: string | undefined
  readonly requestId: string
}

export interface RefreshedForApi {
  /** Of the refresh itself: the refresh token that counts from now on, and the ID token. */
  readonly answer: AuthorizationAnswer
  /** In place of the access token of the login; absent when the refresh was refused. */
  readonly issued?: IssuedApiToken | undefined
}

export type RefreshForApi = (
  request: RefreshForApiRequest,
) => Promise<Result<RefreshedForApi, ExchangeRefusal>>

export interface RefreshForApiDependencies {
  readonly tenant: string
  /** `{issuer}me/` */
  readonly audience: string
  readonly apis: ApiStore
  readonly subjectVerifier: SubjectVerifier
  readonly refreshLogin: RefreshLogin
  readonly issueMyAccountToken: IssueMyAccountToken
  readonly issueApiToken: IssueApiToken
}

const REFRESH_TOKEN = 'urn:ietf:params:oauth:token-type:refresh_token'

/**
 * A refresh whose access token is for another of the client's APIs, or for the connected-accounts API. It is a refresh
 * first, with all that holds for one; then the token that counts from now on is what the other access token is made
 * from. So nothing can be had here that an exchange would refuse.
 */
export function refreshForApi(dependencies: RefreshForApiDependencies): RefreshForApi {
  const { refreshLogin, issueMyAccountToken, issueApiToken } = dependencies
  return async ({ client, refreshToken, dpop, target, scopes, jkt, requestId }) => {
    // Before anything is rotated: a refusal must not cost the caller its refresh token.
    const permitted = await permittedScopes(dependencies, { client, refreshToken, target })
    if (!permitted.ok) return permitted

    const answer = await refreshLogin({ client, refreshToken, dpop })
    if (!answer.response.ok) return accept({ answer })
    const subject = {
      token: await refreshTokenOf(answer, refreshToken),
      tokenType: REFRESH_TOKEN,
      jkt,
    }
    const asked = scopes?.filter((scope) => permitted.value.includes(scope))
    const request = { client, subject, scopes: asked, requestId }
    const issued =
      target.kind === 'api'
        ? await issueApiToken({ ...request, identifier: target.identifier, semantics: 'login' })
        : await issueMyAccountToken(request)
    return issued.ok ? accept({ answer, issued: issued.value }) : issued
  }
}

async function permittedScopes(
  { tenant, audience, apis, subjectVerifier }: RefreshForApiDependencies,
  {
    client,
    refreshToken,
    target,
  }: Pick<RefreshForApiRequest, 'client' | 'refreshToken' | 'target'>,
): Promise<Result<readonly string[], ExchangeRefusal>> {
  if (target.kind === 'connection') return refuse({ reason: 'unknown_api' })
  // Whether the token counts at all, the refresh says.
  const verified = await subjectVerifier.verify({
    client,
    token: refreshToken,
    tokenType: REFRESH_TOKEN,
  })
  const subject = verified.ok ? verified.value : {}
  if (target.kind === 'my_account') {
    return client.myAccountScopes.length === 0
      ? refuse({ reason: 'api_not_allowed' })
      : accept(permittedMyAccountScopes(client, subject, audience))
  }
  const api = await apis.find({ tenant, identifier: target.identifier })
  const policy = apiPolicyOf(client, target.identifier)
  if (api === undefined) return refuse({ reason: 'unknown_api' })
  if (policy === undefined) return refuse({ reason: 'api_not_allowed' })
  if (verified.ok && !isApiAllowed(client, verified.value, api)) {
    return refuse({ reason: 'consent_required' })
  }
  return accept(policy.scopes)
}

/** The one of the answer, or the one that was sent where the answer has none. The answer itself stays unread. */
async function refreshTokenOf({ response }: AuthorizationAnswer, sent: string): Promise<string> {
  const body: unknown = await response.clone().json()
  const token =
    typeof body === 'object' && body !== null && 'refresh_token' in body
      ? body.refresh_token
      : undefined
  return typeof token === 'string' ? token : sent
}
