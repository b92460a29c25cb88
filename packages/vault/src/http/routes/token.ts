import { type Client, mayUseGrant } from '../../domain/client.ts'
import { refuse, type Result } from '../../domain/result.ts'
import type { DpopVerifier } from '../../ports/dpop-verifier.ts'
import type { AuthenticateClient } from '../../use-cases/authenticate-client.ts'
import { UNAVAILABLE_RETRY_SECONDS } from '../../use-cases/record-audit.ts'
import {
  recordRefusedRequest,
  type RecordRefusedRequestDependencies,
} from '../../use-cases/record-refused-request.ts'
import { readClientCredentials } from '../gates/client-authentication.ts'
import type { Grant } from '../grants/grant.ts'
import { type Parameters, readParameters } from '../read-parameters.ts'
import type { RequestContext, RouteHandler } from '../request-context.ts'
import { toErrorResponse, toJsonResponse } from '../to-response.ts'
import { isGrantRefusal, type TokenRefusal } from '../token-refusal.ts'

export interface TokenRouteDependencies extends RecordRefusedRequestDependencies {
  readonly issuer: string
  readonly authenticateClient: AuthenticateClient
  readonly dpop: DpopVerifier
  readonly grants: readonly Grant[]
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
  const { issuer, grants, dpop, logger } = dependencies
  return async (request, context) => {
    const { requestId } = context
    const parameters: Result<Parameters, TokenRefusal> =
      request.method === 'POST'
        ? await readParameters(request)
        : refuse({ reason: 'method_not_allowed' })
    const grantType = parameters.ok ? parameters.value.get('grant_type') : undefined
    const grant = grants.find((candidate) => candidate.grantType === grantType)

    const answer = parameters.ok
      ? await answerRequest(dependencies, { request, context, parameters: parameters.value, grant })
      : parameters
    // Told with each answer to a proof, so that the next one need not be asked for again (RFC 9449 section 8.2).
    const wantsNonce = request.headers.has('dpop') || isNonceWanted(answer)
    const headers: Readonly<Record<string, string>> = wantsNonce
      ? { 'dpop-nonce': dpop.nextNonce() }
      : {}
    if (answer.ok) {
      return answer.value instanceof Response
        ? answer.value
        : toJsonResponse(answer.value, 200, headers)
    }
    const { refusal } = answer
    logger.warn('token request refused', {
      requestId,
      code: refusal.reason,
      ...(refusal.reason === 'invalid_dpop_proof' && { cause: refusal.why }),
      ...('claimedClientId' in refusal && { claimedClientId: refusal.claimedClientId }),
    })
    return toErrorResponse(refusal, {
      dialect: grant?.dialect ?? 'rfc8693',
      issuer,
      usedAuthorizationHeader: request.headers.has('authorization'),
      headers,
    })
  }
}

interface TokenRequest {
  readonly request: Request
  readonly context: RequestContext
  readonly parameters: Parameters
  readonly grant: Grant | undefined
}

type TokenAnswer = Result<Readonly<Record<string, unknown>> | Response, TokenRefusal>

async function answerRequest(
  dependencies: TokenRouteDependencies,
  token: TokenRequest,
): Promise<TokenAnswer> {
  const { requestId, remoteAddress, answersTo } = token.context
  const credentials = readClientCredentials(token.request, token.parameters)
  if (!credentials.ok) return credentials
  const client = await dependencies.authenticateClient({
    credentials: credentials.value,
    remoteAddress,
  })
  if (!client.ok) return client
  answersTo?.(client.value)

  const answer = await answerGrant(dependencies, client.value, token)
  // What the use cases decide is in the audit log already; what never reached one belongs there, too.
  if (answer.ok || !isGrantRefusal(answer.refusal)) return answer
  const { reason } = answer.refusal
  const isRecorded = await recordRefusedRequest(dependencies, {
    clientId: client.value.id,
    reason,
    requestId,
  })
  return isRecorded
    ? answer
    : refuse({ reason: 'vault_unavailable', retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS })
}

async function answerGrant(
  { issuer, dpop, logger }: TokenRouteDependencies,
  client: Client,
  { request, context: { requestId }, parameters, grant }: TokenRequest,
): Promise<TokenAnswer> {
  if (parameters.get('grant_type') === undefined) {
    return refuse({ reason: 'missing_parameter', parameter: 'grant_type' })
  }
  if (grant === undefined) return refuse({ reason: 'unsupported_grant_type' })
  if (!mayUseGrant(client, grant.name)) return refuse({ reason: 'unauthorized_client' })

  const unknown = parameters.names.filter(
    (name) => !COMMON_PARAMETERS.includes(name) && !grant.parameters.includes(name),
  )
  if (unknown.length > 0) {
    const named = unknown.filter(isPlainName).slice(0, MAX_LOGGED_PARAMETERS)
    logger.info('unknown parameters ignored', { requestId, parameters: named })
  }
  const proof = request.headers.get('dpop') ?? undefined
  const isForwarded = grant.proofs === 'forwarded'
  if (isForwarded || (proof === undefined && client.dpop === 'optional')) {
    return await grant.handle({ client, parameters, requestId, dpop: proof })
  }
  const url = new URL('oauth/token', issuer).href
  const holder = await dpop.verify({ proof, method: request.method, url })
  if (!holder.ok) return holder
  return await grant.handle({ client, parameters, jkt: holder.value.jkt, requestId, dpop: proof })
}

/** A client that must prove its key is told a nonce before it has one. */
function isNonceWanted(answer: TokenAnswer): boolean {
  return (
    !answer.ok && answer.refusal.reason === 'invalid_dpop_proof' && answer.refusal.why === 'missing'
  )
}

/** A name is the caller's text: only what looks like one is logged, so that no value slips in as a name. */
function isPlainName(name: string): boolean {
  return /^[a-z][a-z_]{0,39}$/.test(name)
}
