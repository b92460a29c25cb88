import { accept, refuse, type Result } from '../../domain/result.ts'
import type { ClientCredentials } from '../../use-cases/authenticate-client.ts'
import type { Parameters } from '../read-parameters.ts'
import type { TokenRefusal } from '../token-refusal.ts'

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * The client authentication that a request shows, in exactly one way (RFC 6749 section 2.3, RV-22): HTTP Basic,
 * `client_secret` in the body, a JWT assertion (RFC 7523 section 2.2), or for a public client its `client_id` alone.
 * `undefined` when it shows none.
 */
export function readClientCredentials(
  request: Request,
  parameters: Parameters,
): Result<ClientCredentials | undefined, TokenRefusal> {
  const authorization = request.headers.get('authorization')
  const clientId = parameters.get('client_id')
  const secret = parameters.get('client_secret')
  const assertion = parameters.get('client_assertion')
  const assertionType = parameters.get('client_assertion_type')

  const ways = [authorization ?? undefined, secret, assertion ?? assertionType]
  if (ways.filter((way) => way !== undefined).length > 1) {
    return refuse({ reason: 'several_client_authentications' })
  }
  if (authorization !== null) {
    const basic = readBasic(authorization)
    // Another scheme is one that this endpoint does not know: unauthenticated, and told what to use.
    if (basic === undefined) return accept(undefined)
    return clientId !== undefined && clientId !== basic.clientId
      ? refuse({ reason: 'several_client_authentications' })
      : accept(basic)
  }
  if (secret !== undefined) {
    return clientId === undefined
      ? refuse({ reason: 'malformed_client_authentication' })
      : accept({ method: 'client_secret', clientId, secret })
  }
  if (assertion === undefined && assertionType === undefined) {
    return accept(clientId === undefined ? undefined : { method: 'none', clientId })
  }
  if (assertion === undefined || assertionType !== JWT_BEARER) {
    return refuse({ reason: 'malformed_client_authentication' })
  }
  return accept({ method: 'private_key_jwt', clientId, assertion })
}

/** RFC 7617, and form-decoding of both halves (RFC 6749 section 2.3.1). */
export function readBasic(
  authorization: string,
):
  | { readonly method: 'client_secret'; readonly clientId: string; readonly secret: string }
  | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? []
  if (encoded === undefined) return undefined
  try {
    const pair = atob(encoded)
    const colon = pair.indexOf(':')
    if (colon < 0) return undefined
    const clientId = formDecode(pair.slice(0, colon))
    const secret = formDecode(pair.slice(colon + 1))
    return { method: 'client_secret', clientId, secret }
  } catch {
    // No base64 or no percent-encoding: nothing was shown that could be right.
    return undefined
  }
}

function formDecode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}
