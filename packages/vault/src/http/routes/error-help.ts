import { messagePage } from '../../pages/message-page.tsx'
import { pageResponse } from '../page-response.ts'
import type { RouteHandler } from '../request-context.ts'
import type { Stylesheet } from './stylesheet.ts'

interface Help {
  readonly title: string
  readonly text: string
  readonly advice: string
}

/**
 * By `vault_error` of the token endpoint and by `code` of the connected-accounts API. For whoever builds the app: users
 * see their app's own words.
 */
const HELP: ReadonlyMap<string, Help> = new Map<string, Help>([
  [
    'not_connected',
    {
      title: 'Nothing is connected yet',
      text: 'The user has no account on this connection.',
      advice: 'Send the user through the connect flow, then run the same call again.',
    },
  ],
  [
    'scopes_missing',
    {
      title: 'The account lacks scopes',
      text: 'The user connected the account with fewer scopes than this call needs. missing_scope names them.',
      advice:
        'Send the user through the connect flow with the missing scopes; what was granted stays.',
    },
  ],
  [
    'reconnect_required',
    {
      title: 'The account has to be connected again',
      text: 'The provider no longer takes what the vault holds: it was revoked, it expired, or it was lost in a rotation. reason says which.',
      advice: 'Send the user through the connect flow.',
    },
  ],
  [
    'consent_required',
    {
      title: 'The user has not allowed this client',
      text: 'The client gets tokens of those accounts only that the user allowed it to use, for what the user allowed. A new scope, or an agent that was not named before, is a new question.',
      advice: 'Send the user through the connect flow, where the consent is given.',
    },
  ],
  [
    'account_ambiguous',
    {
      title: 'Several accounts fit',
      text: 'The user has more than one account on this connection. accounts lists them.',
      advice: 'Send login_hint with the account’s id, its provider id or its e-mail.',
    },
  ],
  [
    'subject_token_invalid',
    {
      title: 'The subject token is not accepted',
      text: 'It is expired, not signed by the issuer’s keys, meant for another audience, or of an issuer that the client may not present.',
      advice:
        'Have the user log in again. If that does not help: compare trustedIssuers and the client’s subjects with the token; the audit log says what was wrong.',
    },
  ],
  [
    'actor_token_invalid',
    {
      title: 'The actor token is not accepted',
      text: 'It is not valid here, or its actor may not act for this subject.',
      advice: 'Send a valid one, or none: then the client itself is the actor.',
    },
  ],
  [
    'unknown_connection',
    {
      title: 'There is no such connection or API',
      text: 'audience (or resource, or connection) names no connection and no API of this vault.',
      advice:
        'Use a name from connections, or an identifier from apis, exactly as it is in the vault’s configuration.',
    },
  ],
  [
    'policy_denied',
    {
      title: 'The client’s policy does not allow this',
      text: 'The client may not use the connection or API, or not with these scopes, or not without showing who acts.',
      advice:
        'Ask whoever runs the vault to change the client’s connections or apis in its configuration.',
    },
  ],
  [
    'provider_unavailable',
    {
      title: 'The provider cannot be reached',
      text: 'It is down, slow or throttling, or a token is just being renewed. The account is as it was.',
      advice: 'Try again after the seconds in Retry-After. Do not ask the user for anything.',
    },
  ],
  [
    'missing_token',
    {
      title: 'There is no access token',
      text: 'The request has no Authorization header, or one of a scheme that is not Bearer or DPoP.',
      advice:
        'Get an access token for this API (audience {issuer}me/) and send it in the Authorization header.',
    },
  ],
  [
    'invalid_token',
    {
      title: 'The access token is not accepted',
      text: 'It has expired, is not for this API, its client is gone, or it was presented the wrong way: a token with token_type DPoP needs the scheme DPoP and a proof, any other one the scheme Bearer.',
      advice: 'Get a new access token, and present it as its token_type says.',
    },
  ],
  [
    'insufficient_scope',
    {
      title: 'The access token may not do this',
      text: 'The token, or the client’s policy, lacks the scope that WWW-Authenticate names.',
      advice:
        'Ask for the scope when getting the token, and have it added to the client’s myAccountScopes.',
    },
  ],
  [
    'invalid_dpop_proof',
    {
      title: 'The DPoP proof is not accepted',
      text: 'There is none, it was used before, is older or newer than a minute, is not for this method and address, not for this access token, or not of the key that the token is bound to. The vault’s log says which.',
      advice: 'Make a new proof for each request, with a clock that is right.',
    },
  ],
  [
    'use_dpop_nonce',
    {
      title: 'The DPoP proof needs a nonce',
      text: 'Proofs must carry a nonce of the vault’s, and this one has none, or an old one.',
      advice:
        'Make a new proof with the nonce of the DPoP-Nonce header, and send the request again.',
    },
  ],
  [
    'too_many_requests',
    {
      title: 'Too many requests',
      text: 'The user called the API too often through this client.',
      advice:
        'Try again after the seconds in Retry-After. The x-ratelimit headers say what is left.',
    },
  ],
  [
    'invalid_request',
    {
      title: 'The request is not valid',
      text: 'Something is missing, has the wrong form, or is not known to the API: validation_errors says what and where.',
      advice: 'Compare the request with the description of the wire.',
    },
  ],
  [
    'unsupported_media_type',
    {
      title: 'The body is not JSON',
      text: 'The API reads application/json and nothing else.',
      advice: 'Send Content-Type: application/json.',
    },
  ],
  [
    'content_too_large',
    {
      title: 'The body is too large',
      text: 'The API reads 56 KiB at most.',
      advice: 'Send less.',
    },
  ],
  [
    'connection_not_allowed',
    {
      title: 'The client may not use this connection',
      text: 'There is no such connection, or it is not in the client’s policy.',
      advice: 'Ask whoever runs the vault to add it to the client’s connections.',
    },
  ],
  [
    'scopes_not_allowed',
    {
      title: 'The client may not ask for these scopes',
      text: 'Some of them are not in the client’s policy for the connection.',
      advice: 'Ask for fewer, or have them added to the client’s connections.',
    },
  ],
  [
    'session_invalid',
    {
      title: 'There is nothing to complete',
      text: 'The connect flow is unknown, has expired, was completed before, is of another user or client, or its parts do not belong together.',
      advice: 'Start a new one, and complete it within five minutes as the same user.',
    },
  ],
  [
    'account_changed',
    {
      title: 'Another account was chosen',
      text: 'The user chose another account at the provider than the one that login_hint named.',
      advice: 'Send the user through the connect flow again, with or without login_hint.',
    },
  ],
  [
    'account_not_found',
    {
      title: 'There is no such account',
      text: 'The user has no account with this id on a connection of this client.',
      advice: 'List the accounts and use an id from there.',
    },
  ],
  [
    'too_many_attempts',
    {
      title: 'Too many unfinished attempts',
      text: 'The user started many connect flows and completed none.',
      advice: 'Try again after the seconds in Retry-After.',
    },
  ],
  [
    'temporarily_unavailable',
    {
      title: 'The vault cannot do this now',
      text: 'Its database or its audit log is away for a moment.',
      advice: 'Try again after the seconds in Retry-After.',
    },
  ],
])

const UNKNOWN: Help = {
  title: 'There is no such error',
  text: 'This vault has no error of this name.',
  advice: 'Follow error_uri of an answer as it is.',
}

/**
 * `GET /errors/{code}`: where `error_uri` leads (RFC 6749 section 5.2), and the `type` of a problem (RFC 9457 section
 * 3.1.1), the mend for whoever builds the app.
 */
export function errorHelpRoute({ stylesheet }: { readonly stylesheet: Stylesheet }): RouteHandler {
  return async (_, { pathParameters }) => {
    const help = HELP.get(pathParameters['code'] ?? '')
    const html = messagePage({ ...(help ?? UNKNOWN), stylesheet: await stylesheet.url() })
    return pageResponse(html, { status: help === undefined ? 404 : 200 })
  }
}
