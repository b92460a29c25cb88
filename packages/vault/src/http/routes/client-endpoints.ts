import { type Client, type GrantType, mayUseGrant } from '../../domain/client.ts'
import type { AuthorizationServer } from '../../ports/authorization-server.ts'
import type { Logger } from '../../ports/logger.ts'
import type { TokenIntrospection } from '../../ports/token-introspection.ts'
import type { AuthenticateClient } from '../../use-cases/authenticate-client.ts'
import { forwardedAnswer } from '../forwarded-answer.ts'
import { pairsOf, toAuthorizationParameters } from '../forward-form.ts'
import { readClientCredentials } from '../gates/client-authentication.ts'
import { introspectedBody } from '../introspected-body.ts'
import { type Parameters, readParameters } from '../read-parameters.ts'
import type { RouteHandler } from '../request-context.ts'
import { toErrorResponse, toJsonResponse } from '../to-response.ts'
import type { TokenRefusal } from '../token-refusal.ts'

export interface ClientEndpointDependencies {
  readonly issuer: string
  readonly logger: Logger
  readonly authenticateClient: AuthenticateClient
  readonly authorizationServer: AuthorizationServer
  readonly tokenIntrospection: TokenIntrospection
}

export interface ClientEndpoint {
  readonly path: string
  /** The grant that a client must have to begin here; absent: any client may. */
  readonly grant?: GrantType | undefined
  /** What its parameters are: an authorization request, or a token and a hint. */
  readonly parameters: 'authorization_request' | 'token'
  /** Public clients are told nothing about tokens (RV-12). */
  readonly publicClients: 'allowed' | 'refused'
  /** JWTs are not kept: what can be said of them, the vault reads in them. */
  readonly jwts?: 'read' | undefined
  /** Added to a 200, where the specification wants it. */
  readonly members?: Readonly<Record<string, unknown>> | undefined
  /** Whether scripts may call it (R26). */
  readonly scripts?: 'answered' | undefined
}

/** RFC 9126, RFC 7009, RFC 7662, RFC 8628 section 3.1, CIBA section 7.1; beside the token endpoint all that clients call. */
export const CLIENT_ENDPOINTS: readonly ClientEndpoint[] = [
  {
    path: '/oauth/par',
    grant: 'authorization_code',
    parameters: 'authorization_request',
    publicClients: 'allowed',
  },
  {
    path: '/oauth/revoke',
    parameters: 'token',
    publicClients: 'allowed',
    scripts: 'answered',
  },
  { path: '/oauth/introspect', parameters: 'token', publicClients: 'refused', jwts: 'read' },
  {
    path: '/oauth/device/code',
    grant: 'device_code',
    parameters: 'authorization_request',
    publicClients: 'allowed',
    members: { interval: 5 },
  },
  {
    path: '/bc-authorize',
    grant: 'ciba',
    parameters: 'authorization_request',
    publicClients: 'refused',
    members: { interval: 5 },
  },
]

/** An endpoint that clients call directly, authenticated as at the token endpoint and in the same order (RV-10). */
export function clientEndpointRoute(
  dependencies: ClientEndpointDependencies,
  endpoint: ClientEndpoint,
): RouteHandler {
  const { issuer, logger, authenticateClient, authorizationServer, tokenIntrospection } =
    dependencies
  return async (request, { requestId, remoteAddress, answersTo }) => {
    const refused = (refusal: TokenRefusal): Response => {
      logger.warn('request refused', { requestId, path: endpoint.path, code: refusal.reason })
      return toErrorResponse(refusal, {
        dialect: 'rfc8693',
        issuer,
        usedAuthorizationHeader: request.headers.has('authorization'),
      })
    }
    const parameters = await readParameters(request)
    if (!parameters.ok) return refused(parameters.refusal)
    const credentials = readClientCredentials(request, parameters.value)
    if (!credentials.ok) return refused(credentials.refusal)
    const client = await authenticateClient({ credentials: credentials.value, remoteAddress })
    if (!client.ok) return refused(client.refusal)
    answersTo?.(client.value)
    if (!isAllowed(client.value, endpoint)) return refused({ reason: 'unauthorized_client' })

    if (endpoint.jwts === 'read') {
      const token = parameters.value.get('token') ?? ''
      const said = await tokenIntrospection.read({ client: client.value, token })
      if (said !== undefined) return toJsonResponse(introspectedBody(said, issuer))
    }
    const answered = await authorizationServer.answer({
      method: 'POST',
      target: endpoint.path,
      form: formOf(parameters.value, endpoint),
      client: client.value,
      headers: {
        dpop: request.headers.get('dpop') ?? undefined,
        accept: 'application/json',
      },
    })
    const answer = await forwardedAnswer(answered)
    if (!answer.ok || endpoint.members === undefined) return answer
    const body: unknown = await answer.json()
    return toJsonResponse(
      { ...(typeof body === 'object' && body), ...endpoint.members },
      answer.status,
    )
  }
}

function isAllowed(client: Client, { grant, publicClients }: ClientEndpoint): boolean {
  if (publicClients === 'refused' && client.authentication.method === 'none') return false
  return grant === undefined || mayUseGrant(client, grant)
}

function formOf(
  parameters: Parameters,
  endpoint: ClientEndpoint,
): readonly (readonly [string, string])[] {
  const pairs = pairsOf(parameters)
  if (endpoint.parameters === 'token') {
    return pairs.filter(([name]) => name === 'token' || name === 'token_type_hint')
  }
  const renamed = toAuthorizationParameters(pairs)
  if (endpoint.path !== '/bc-authorize') return renamed
  // Older clients of Auth0's write it so; `prompt` means nothing where no browser is.
  return renamed
    .filter(([name]) => name !== 'prompt')
    .map(([name, value]) => [name === 'request_expiry' ? 'requested_expiry' : name, value] as const)
}
