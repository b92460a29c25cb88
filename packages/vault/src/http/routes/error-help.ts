import { messagePage } from '../../pages/message-page.tsx'
import { pageResponse } from '../page-response.ts'
import type { RouteHandler } from '../request-context.ts'
import type { Stylesheet } from './stylesheet.ts'

interface Help {
  readonly title: string
  readonly text: string
  readonly advice: string
}

/** By `vault_error`. For whoever builds the app: users see their app's own words. */
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
])

const UNKNOWN: Help = {
  title: 'There is no such error',
  text: 'This vault has no error of this name.',
  advice: 'Follow error_uri of an answer as it is.',
}

/** `GET /errors/{vault_error}`: where `error_uri` leads (RFC 6749 section 5.2), the mend for whoever builds the app. */
export function errorHelpRoute({ stylesheet }: { readonly stylesheet: Stylesheet }): RouteHandler {
  return async (_, { pathParameters }) => {
    const help = HELP.get(pathParameters['code'] ?? '')
    const html = messagePage({ ...(help ?? UNKNOWN), stylesheet: await stylesheet.url() })
    return pageResponse(html, { status: help === undefined ? 404 : 200 })
  }
}
