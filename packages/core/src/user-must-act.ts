import { FederatedConnectionInterrupt, InterruptError } from './interrupt-error.ts'
import type { ConnectInterrupt } from './interrupt.ts'
import type { ValetKeyErrorCode } from './valet-key-error.ts'

/** The error for a call on whose behalf nobody is logged in, or no longer. */
export function loginRequired(message = 'Log in first.'): InterruptError {
  return new InterruptError({
    type: 'valetkey.interrupt',
    version: 1,
    kind: 'login',
    reason: 'login_required',
    message,
  })
}

/** What a connect interrupt needs to be made. */
export interface ConnectNeed {
  readonly reason: ConnectInterrupt['reason']
  readonly connection: string
  readonly scopes: readonly string[]
  readonly missingScopes?: readonly string[] | undefined
  /** The account that is to be mended: the user is not offered another one. */
  readonly account?: string | undefined
  readonly accounts?: ConnectInterrupt['accounts']
}

/** The error that asks the user to connect, reconnect or extend an account. */
export function connectRequired(need: ConnectNeed, options?: ErrorOptions): InterruptError {
  return new FederatedConnectionInterrupt(
    {
      type: 'valetkey.interrupt',
      version: 1,
      kind: 'connect',
      reason: need.reason,
      message: connectMessages[need.reason](JSON.stringify(need.connection)),
      connection: need.connection,
      requiredScopes: need.scopes,
      missingScopes: need.missingScopes ?? [],
      ...(need.account === undefined ? {} : { authorizationParams: { login_hint: need.account } }),
      ...(need.accounts === undefined ? {} : { accounts: need.accounts }),
    },
    options,
  )
}

const connectMessages: Record<ConnectInterrupt['reason'], (connection: string) => string> = {
  not_connected: (connection) => `No account is connected on ${connection}. Connect one to go on.`,
  scopes_missing: (connection) =>
    `The account connected on ${connection} lacks permissions. Grant them to go on.`,
  reconnect_required: (connection) =>
    `The account connected on ${connection} has to be connected again.`,
  consent_required: (connection) =>
    `This app may not use your account on ${connection} yet. Allow it to go on.`,
  account_ambiguous: (connection) =>
    `Several accounts are connected on ${connection}. Choose one to go on.`,
}

/** True for a code that connecting mends. */
export function isConnectReason(code: ValetKeyErrorCode): code is ConnectInterrupt['reason'] {
  return Object.hasOwn(connectMessages, code)
}
