import type { ReconnectReason } from '../domain/account.ts'
import { failed, type Verdict } from '../domain/diagnosis.ts'
import type { AccountRefusal, PolicyRefusal } from '../domain/refusal.ts'

/** What the client's policy refuses, for the operator who can change it. */
export function explainPolicyRefusal(check: string, refusal: PolicyRefusal): Verdict {
  switch (refusal.reason) {
    case 'connection_not_allowed':
      return failed(
        check,
        'The connection is not among those of the client.',
        "Add it to the client's connections, with the scopes that it may have.",
      )
    case 'scopes_not_allowed':
      return failed(
        check,
        `The client may not have ${refusal.scopes.join(' ')}.`,
        "Add them to the client's scopes for this connection, or let the tool ask for less.",
      )
    case 'unknown_connection':
      return failed(
        check,
        'There is no connection with this name.',
        'Register it (`valetkey connections add`), or give the name that it has.',
      )
  }
}

/** What is wrong with the account that would serve. */
export function explainAccountRefusal(check: string, refusal: AccountRefusal): Verdict {
  switch (refusal.reason) {
    case 'not_connected':
      return failed(check, 'The user has no account on it.', 'Let the user connect.')
    case 'account_ambiguous':
      return failed(
        check,
        `The user has several accounts on it: ${refusal.accounts.map(({ id }) => id).join(', ')}.`,
        'Let the app say which, by login_hint.',
      )
    case 'reconnect_required':
      return failed(check, RECONNECT[refusal.why], 'Let the user connect again.')
    case 'scopes_missing':
      return failed(
        check,
        `The user has not granted ${refusal.missing.join(' ')}.`,
        'Let the user connect again with these scopes; the SDK asks for that by itself.',
      )
    case 'token_exceeds_policy':
      return failed(
        check,
        'The token can do more than the client may have, and cannot be narrowed.',
        'Allow it by `overScope: "allow"`, or give the client a connection of its own.',
      )
    case 'consent_required':
      return failed(
        check,
        'The user has not allowed this client to use the account.',
        'Send the user through the consent page.',
      )
  }
}

const RECONNECT: Readonly<Record<ReconnectReason, string>> = {
  revoked: 'The grant was ended at the provider.',
  expired: 'The grant has run out.',
  rotation_lost: 'Its refresh token was spent without an answer: a crash, or a restored backup.',
  account_changed: 'Another account was chosen at the provider.',
}
