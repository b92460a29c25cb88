import { refuse, type Result } from '../../domain/result.ts'
import type { Logger } from '../../ports/logger.ts'
import type { AuthenticateClient } from '../../use-cases/authenticate-client.ts'
import { readClientCredentials } from '../gates/client-authentication.ts'
import type { Grant } from '../grants/grant.ts'
import { type Parameters, readParameters } from '../read-parameters.ts'
import type { RequestContext, RouteHandler } from '../request-context.ts'
import { toErrorResponse, toJsonResponse, type TokenRefusal } from '../to-response.ts'

export interface TokenRouteDependencies {
  readonly issuer: string
  readonly authenticateClient: AuthenticateClient
  readonly grants: readonly Grant[]
  readonly logger: Logger
}

/** Parameters that any grant may come with. */
const COMMON_PARAMETERS: readonly string[] = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
]
const MAX_LOGGED_PARAMETERS = 20

/**
 * `POST /oauth/token` (RFC 6749 section 3.2), in the order of RV-10: method, type, size, parse, duplicates, client, grant
 * allowed; what the grant does comes after. Nothing about a user is looked at before the client is known.
 */
export function tokenRoute(dependencies: TokenRouteDependencies): RouteHandler {
  const { issuer, grants, logger } = dependencies
  return async (request, context) => {
    const { requestId } = context
    const parameters: Result<Parameters, TokenRefusal> =
      request.method === 'POST'
        ? await readParameters(request)
        : refuse({ reason: 'method_not_allowed' })
    const grantType = parameters.ok ? parameters.value.get('grant_type') : undefined
    const grant = grants.find((candidate) => candidate.grantType === grantType)

    const answer = parameters.ok
      ? await answerGrant(dependencies, { request, context, parameters: parameters.value, grant })
      : parameters
    if (answer.ok) return toJsonResponse(answer.value)
    logger.warn('token request refused', { requestId, code: answer.refusal.reason })
    return toErrorResponse(answer.refusal, {
      dialect: grant?.dialect ?? 'rfc8693',
      issuer,
      usedAuthorizationHeader: request.headers.has('authorization'),
    })
  }
}

async function answerGrant(
  { authenticateClient, logger }: TokenRouteDependencies,
  {
    request,
    context: { requestId, remoteAddress },
    parameters,
    grant,
  }: {
    readonly request: Request
    readonly context: RequestContext
    readonly parameters: Parameters
    readonly grant: Grant | undefined
  },
): Promise<Result<Readonly<Record<string, unknown>>, TokenRefusal>> {
  const credentials = readClientCredentials(request, parameters)
  if (!credentials.ok) return credentials
  const client = await authenticateClient({ credentials: credentials.value, remoteAddress })
  if (!client.ok) return client

  if (parameters.get('grant_type') === undefined) {
    return refuse({ reason: 'missing_parameter', parameter: 'grant_type' })
  }
  if (grant === undefined) return refuse({ reason: 'unsupported_grant_type' })
  if (!client.value.grants.includes(grant.name)) return refuse({ reason: 'unauthorized_client' })

  const known = [...COMMON_PARAMETERS, ...grant.parameters]
  const unknown = parameters.names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    const named = unknown.filter(isPlainName).slice(0, MAX_LOGGED_PARAMETERS)
    logger.info('unknown parameters ignored', { requestId, parameters: named })
  }
  return await grant.handle({ client: client.value, parameters, requestId })
}

/** A name is the caller's text: only what looks like one is logged, so that no value slips in as a name. */
function isPlainName(name: string): boolean {
  return /^[a-z][a-z_]{0,39}$/.test(name)
}
