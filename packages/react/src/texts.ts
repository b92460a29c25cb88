import type { ConnectErrorCode, ConnectInterrupt, Interrupt } from '@valetkey/core/interrupts'

/** A code of a failed flow; `unknown` for one that this version does not know. */
export type FailureCode = ConnectErrorCode | 'unknown'

/** What the components say; `{service}` is where the name of the service goes. Each may be replaced. */
export interface ConnectTexts {
  /** What the user is asked to do, by the interrupt's reason. */
  readonly messages: Readonly<Record<Exclude<Interrupt['reason'], 'approval_required'>, string>>
  /** The name of the link that does it. */
  readonly links: Readonly<Record<ConnectInterrupt['reason'] | 'login_required', string>>
  /** While the other window is open. */
  readonly waiting: string
  /** The other window was closed before it was done. */
  readonly unfinished: string
  /** The call goes on. */
  readonly done: string
  readonly tryAgain: string
  readonly openAgain: string
  /** The user says to be done, where nothing else says it. */
  readonly goOn: string
  readonly decline: string
  /** What went wrong, by code. */
  readonly failures: Readonly<Record<FailureCode, string>>
}

const later = '{service} cannot be connected right now. Wait a moment and try again.'
const notHere =
  'This app cannot connect {service} as it is set up now. Its makers have to mend that.'

/** English. */
export const defaultTexts: ConnectTexts = {
  messages: {
    not_connected: 'Connect {service} to go on.',
    scopes_missing: '{service} is connected, but this needs one more permission.',
    reconnect_required: 'Your connection to {service} has ended. Connect it again to go on.',
    consent_required: 'Allow this app to use your {service} account to go on.',
    account_ambiguous: 'You have several {service} accounts. Choose which one to use.',
    login_required: 'Log in again to go on.',
  },
  links: {
    not_connected: 'Connect {service}',
    scopes_missing: 'Review permissions at {service}',
    reconnect_required: 'Reconnect {service}',
    consent_required: 'Review access to {service}',
    account_ambiguous: 'Choose a {service} account',
    login_required: 'Log in',
  },
  waiting: 'Finish in the other window. This page goes on by itself.',
  unfinished: 'This is not finished yet.',
  done: 'Done. Going on…',
  tryAgain: 'Try again',
  openAgain: 'Open again',
  goOn: 'I have done it',
  decline: 'Continue without',
  failures: {
    access_denied: 'Access at {service} was not allowed.',
    attempt_invalid:
      'Connecting {service} took too long, or was begun in another browser. Try again.',
    connect_failed: '{service} could not be connected. Try again.',
    not_connected: '{service} is not connected yet.',
    scopes_missing: '{service} is connected, but without a permission that is needed.',
    reconnect_required: '{service} has to be connected again.',
    consent_required: 'This app may not use your {service} account yet.',
    account_ambiguous: 'Choose which {service} account to use.',
    login_required: 'You are not logged in any more. Log in, and try again.',
    approval_required: 'This still waits for your approval.',
    approval_denied: 'This was not approved.',
    approval_expired: 'The time to approve this is over. Try again.',
    policy_denied: 'This app may not use {service} for you.',
    provider_unavailable: later,
    vault_unavailable: later,
    client_misconfigured: notHere,
    protocol_error: notHere,
    unknown: 'Something went wrong while connecting {service}. Try again.',
  },
}

/** Names that people know, by connection. Any other connection is called as it is named. */
export const defaultServiceNames: Readonly<Record<string, string>> = {
  'google-oauth2': 'Google',
  github: 'GitHub',
  slack: 'Slack',
  notion: 'Notion',
  microsoft: 'Microsoft',
  windowslive: 'Microsoft',
  salesforce: 'Salesforce',
  atlassian: 'Atlassian',
  dropbox: 'Dropbox',
  discord: 'Discord',
  linkedin: 'LinkedIn',
  spotify: 'Spotify',
  stripe: 'Stripe',
}

/** The code in a text that anybody may have written. */
export function parseErrorCode(text: string): FailureCode {
  return isFailureCode(text) ? text : 'unknown'
}

function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(defaultTexts.failures, text)
}

/** What people call the service behind a connection. */
export function serviceName(
  connection: string,
  names: Readonly<Record<string, string>> | undefined,
): string {
  const known = new Map(Object.entries({ ...defaultServiceNames, ...names }))
  return known.get(connection) ?? connection
}

/** A text with names in their places. What a name says is not looked at again. */
export function fill(text: string, names: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (place, name: string) => names[name] ?? place)
}
