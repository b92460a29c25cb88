import type { Client } from '../../domain/client.ts'
import { apiPolicyOf } from '../../domain/client.ts'
import { myAccountAudience } from '../../domain/vault-urls.ts'
import type { ForwardedRequest } from '../../ports/authorization-server.ts'
import type { ClientStore } from '../../ports/client-store.ts'

export interface DefaultScopeOptions {
  readonly tenant: string
  readonly issuer: string
  readonly clients: ClientStore
}

/** Where a login is asked for; CIBA section 7.1 wants `openid` said. */
const ENDPOINTS: readonly string[] = ['/authorize', '/oauth/par', '/oauth/device/code']

/**
 * What an authorization request asks for that names no scope (RFC 6749 section 3.3): all that its client may have at the
 * APIs it names, or else who the user is. oidc-provider would let nobody in for nothing.
 */
export async function withDefaultScope(
  options: DefaultScopeOptions,
  request: ForwardedRequest,
): Promise<ForwardedRequest> {
  const { pathname, searchParams } = new URL(request.target, options.issuer)
  if (!ENDPOINTS.includes(pathname)) return request
  const { form } = request
  const parameters =
    form === undefined ? searchParams : new URLSearchParams(form.map((pair) => [...pair]))
  // Of a pushed request, the scope was decided when it was pushed.
  if (parameters.has('scope') || parameters.has('request_uri')) return request

  const client = request.client ?? (await clientOf(options, parameters))
  const scope = client && defaultScope(client, parameters.getAll('resource'), options)
  // A client that does not exist, or may have nothing there, is refused as ever.
  if (scope === undefined || scope === '') return request
  if (form !== undefined) return { ...request, form: [...form, ['scope', scope]] }
  searchParams.set('scope', scope)
  return { ...request, target: `${pathname}?${searchParams.toString()}` }
}

async function clientOf(
  { tenant, clients }: DefaultScopeOptions,
  parameters: URLSearchParams,
): Promise<Client | undefined> {
  const clientId = parameters.get('client_id')
  return clientId === null ? undefined : await clients.find({ tenant, clientId })
}

function defaultScope(
  client: Client,
  resources: readonly string[],
  { issuer }: DefaultScopeOptions,
): string {
  if (resources.length === 0) return 'openid'
  const scopes = resources.flatMap((identifier) =>
    identifier === myAccountAudience(issuer)
      ? client.myAccountScopes
      : (apiPolicyOf(client, identifier)?.scopes ?? []),
  )
  return [...new Set(scopes)].join(' ')
}
