import type { ProviderFailure } from './provider-tokens.ts'

/** What the app is told when connecting failed: a registered code and a text of ours, never the provider's (RV-73). */
export interface CallbackError {
  readonly error: string
  readonly error_description: string
}

/** What the person said on the vault's own page. */
export const DENIED: CallbackError = {
  error: 'access_denied',
  error_description: 'The user did not allow the connection.',
}

/** Codes that an app can act on (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6). */
const PASSED_ON: ReadonlyMap<string, string> = new Map([
  ['access_denied', DENIED.error_description],
  ['invalid_scope', 'The provider does not know a scope, or does not allow it to this vault.'],
  ['temporarily_unavailable', 'The provider cannot answer now. Try again later.'],
  ['login_required', 'The provider wants the user to log in.'],
  ['interaction_required', 'The provider wants the user to act.'],
  ['consent_required', 'The provider wants the user to consent.'],
  ['account_selection_required', 'The provider wants the user to choose an account.'],
])

const UNAVAILABLE: CallbackError = {
  error: 'temporarily_unavailable',
  error_description: 'The provider cannot answer now. Try again later.',
}

const REFUSED: CallbackError = {
  error: 'server_error',
  error_description: 'The provider did not complete the connection.',
}

/** Translates why a callback led to no tokens: the provider's own no, or a failure to redeem its code. */
export function answerToProviderFailure({ code, kind }: ProviderFailure): CallbackError {
  const description = PASSED_ON.get(code)
  if (description !== undefined) return { error: code, error_description: description }
  return kind === 'transient' ? UNAVAILABLE : REFUSED
}
