import { authenticateClient } from '../client-authentication.ts'
import type { EmulatedProvider, Emulation } from '../emulation.ts'
import type { Grant } from '../grants/grant.ts'
import { redeemCode } from '../grants/redeem-code.ts'
import { refresh } from '../grants/refresh.ts'
import { providerEndpoint, type Exchange } from '../provider-endpoint.ts'
import { tokenError } from '../token-error.ts'

/** `POST` token endpoint, RFC 6749 sections 4.1.3 and 6. */
export function tokenRoute(
  emulation: Emulation,
  provider: EmulatedProvider,
): (request: Request) => Promise<Response> {
  return providerEndpoint(emulation, provider, {
    route: 'token',
    faultPoints: ({ parameters }) =>
      parameters['grant_type'] === 'refresh_token' ? ['refresh', 'token'] : ['token'],
    handle: async (exchange) => {
      const { definition, incoming } = exchange
      const malformed = requestProblem(exchange)
      if (malformed !== undefined) {
        return tokenError(definition, { reason: 'malformed', problem: malformed })
      }
      const authenticated = authenticateClient(provider, definition.clientAuthentication, incoming)
      if (!authenticated.ok) return tokenError(definition, authenticated.refusal)

      const grant = GRANTS.get(incoming.parameters['grant_type'] ?? defaultGrant(exchange))
      if (grant === undefined) return tokenError(definition, { reason: 'grant_type_unknown' })
      return grant(exchange, authenticated.client)
    },
  })
}

const GRANTS: ReadonlyMap<string, Grant> = new Map([
  ['authorization_code', redeemCode],
  ['refresh_token', refresh],
])

/** GitHub and Slack take a code without `grant_type`. */
function defaultGrant({ definition }: Exchange): string {
  return definition.tokenResponse.errors === 'status' ? '' : 'authorization_code'
}

function requestProblem({ definition, incoming }: Exchange): string | undefined {
  if (incoming.bodyKind !== definition.tokenRequestBody) {
    return `The body must be ${definition.tokenRequestBody === 'json' ? 'JSON' : 'form-encoded'}.`
  }
  const missing = Object.keys(definition.requestHeaders ?? {}).find(
    (name) => !incoming.headers.has(name),
  )
  return missing === undefined ? undefined : `The header ${missing} is missing.`
}
