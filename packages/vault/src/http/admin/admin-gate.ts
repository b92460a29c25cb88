import type { AdminClient, AdminScope } from '../../domain/admin.ts'
import type { Logger } from '../../ports/logger.ts'
import type { AuthenticateClient, ClientCredentials } from '../../use-cases/authenticate-client.ts'
import { readBasic } from '../gates/client-authentication.ts'
import type { RequestContext } from '../request-context.ts'
import { adminAuthenticationProblem, adminScopeProblem } from './admin-problem.ts'

/** Who administers, or the answer that refuses them. */
export type AdminGate = (
  request: Request,
  context: RequestContext,
  scope: AdminScope,
) => Promise<AdminClient | Response>

/** RFC 6750 section 2.1 (b64token). Longer ones are no assertions. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]{1,8192}=*)$/i

/**
 * Lets an admin client in by a credential of its own with each request (RV-112): HTTP Basic, or a JWT that it has signed
 * for the admin API alone and once. There is no session and no token to be stolen or to be forgotten.
 */
export function adminGate({
  authenticate,
  logger,
}: {
  readonly authenticate: AuthenticateClient<AdminClient>
  readonly logger: Logger
}): AdminGate {
  return async (request, { requestId, remoteAddress }, scope) => {
    const credentials = readCredentials(request.headers.get('authorization'))
    const admin = await authenticate({ credentials, remoteAddress })
    if (!admin.ok) {
      const { reason, claimedClientId } = admin.refusal
      logger.warn('admin request refused', { requestId, code: reason, claimedClientId })
      return adminAuthenticationProblem(admin.refusal)
    }
    return admin.value.scopes.includes(scope) ? admin.value : adminScopeProblem(scope)
  }
}

function readCredentials(authorization: string | null): ClientCredentials | undefined {
  if (authorization === null) return undefined
  const assertion = BEARER.exec(authorization)?.[1]
  return assertion === undefined
    ? readBasic(authorization)
    : { method: 'private_key_jwt', assertion }
}
