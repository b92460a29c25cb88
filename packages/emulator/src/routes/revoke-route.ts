import type { ProviderRevocation } from '@valetkey/providers'
import { authenticateClient } from '../client-authentication.ts'
import type { EmulatedProvider, Emulation } from '../emulation.ts'
import { bearerOf } from '../incoming.ts'
import { providerEndpoint, type Exchange } from '../provider-endpoint.ts'
import { emptyReply, jsonReply, type Reply } from '../reply.ts'
import { endFamily, liveFamilies, type TokenFamily } from '../state.ts'
import { tokenError } from '../token-error.ts'

/** The revocation endpoint, in the provider's style: RFC 7009 or what it has instead. */
export function revokeRoute(
  emulation: Emulation,
  provider: EmulatedProvider,
  revocation: ProviderRevocation,
): (request: Request) => Promise<Response> {
  return providerEndpoint(emulation, provider, {
    route: 'revoke',
    faultPoints: () => ['revoke'],
    handle: (exchange) => STYLES[revocation.style](exchange, revocation),
  })
}

type Style = (exchange: Exchange, revocation: ProviderRevocation) => Reply

const STYLES: Readonly<Record<ProviderRevocation['style'], Style>> = {
  rfc7009: (exchange, revocation) =>
    byToken(exchange, revocation, 'form', exchange.definition.clientAuthentication),
  post_json_with_basic: (exchange, revocation) =>
    byToken(exchange, revocation, 'json', 'client_secret_basic'),
  delete_json_with_basic: deleteToken,
  post_with_bearer: revokeBearer,
}

/** RFC 7009 section 2.2: also a token that is not known is answered with 200. */
function byToken(
  exchange: Exchange,
  { scope }: ProviderRevocation,
  bodyKind: 'form' | 'json',
  clientAuthentication: 'client_secret_post' | 'client_secret_basic',
): Reply {
  const { definition, provider, incoming } = exchange
  const { token } = incoming.parameters
  if (incoming.bodyKind !== bodyKind || token === undefined) {
    return tokenError(definition, {
      reason: 'malformed',
      problem: `A ${bodyKind} body with "token" is expected.`,
    })
  }
  const authenticated = authenticateClient(provider, clientAuthentication, incoming)
  if (!authenticated.ok) return tokenError(definition, authenticated.refusal)
  revoke(exchange, token, { scope, clientId: authenticated.client.clientId })
  return jsonReply({})
}

function deleteToken(exchange: Exchange, { scope }: ProviderRevocation): Reply {
  const { definition, provider, incoming } = exchange
  const authenticated = authenticateClient(provider, 'client_secret_basic', incoming)
  if (!authenticated.ok) return jsonReply({ message: 'Bad credentials' }, 401)
  const { clientId } = authenticated.client
  const isOwnPath = incoming.path.split('/').includes(encodeURIComponent(clientId))
  const token = incoming.parameters['access_token']
  if (incoming.bodyKind !== 'json' || token === undefined) {
    return tokenError(definition, { reason: 'malformed', problem: '"access_token" is missing.' })
  }
  const isAccessToken = exchange.emulation.state.accessTokens.has(token)
  if (!isOwnPath || !isAccessToken || !revoke(exchange, token, { scope, clientId })) {
    return jsonReply({ message: 'Not Found' }, 404)
  }
  return emptyReply(204)
}

function revokeBearer(exchange: Exchange, { scope }: ProviderRevocation): Reply {
  const token = bearerOf(exchange.incoming.headers)
  if (token === undefined) return jsonReply({ ok: false, error: 'not_authed' })
  return revoke(exchange, token, { scope })
    ? jsonReply({ ok: true, revoked: true })
    : jsonReply({ ok: false, error: 'invalid_auth' })
}

/** Whether there was a live token of this client to revoke. */
function revoke(
  { emulation: { state }, provider, entry, now }: Exchange,
  value: string,
  options: { readonly scope: ProviderRevocation['scope']; readonly clientId?: string | undefined },
): boolean {
  const accessToken = state.accessTokens.get(value)
  const refreshToken = state.refreshTokens.get(value)
  const family = state.families.get((accessToken ?? refreshToken)?.family ?? '')
  if (
    family === undefined ||
    family.provider !== provider.id ||
    family.endedAt !== undefined ||
    accessToken?.revokedAt !== undefined ||
    (options.clientId !== undefined && family.clientId !== options.clientId)
  ) {
    return false
  }
  entry.note({ user: family.user, clientId: family.clientId })
  if (options.scope === 'grant') {
    for (const one of grantOf(state, family)) endFamily(one, now)
  } else if (accessToken === undefined) {
    endFamily(family, now)
  } else {
    accessToken.revokedAt = now
  }
  return true
}

/** Every live family of the same client and user. */
function grantOf(state: Emulation['state'], family: TokenFamily): readonly TokenFamily[] {
  const { provider, clientId, user } = family
  return liveFamilies(state, { provider, clientId, user })
}
