import { isValetKeyErrorCode, type ValetKeyErrorCode } from './valet-key-error.ts'

/** Why no account was connected, where no code of `ValetKeyError` says it. */
export type ConnectFailure =
  /** The user said no, or the provider did. */
  | 'access_denied'
  /** The browser came back with a state that it was not sent away with, or too late. */
  | 'attempt_invalid'
  /** The provider or the vault ended the flow with another error. */
  | 'connect_failed'

/** What `valetkey_error` of a return path and the `error` of a connect message say. */
export type ConnectErrorCode = ConnectFailure | ValetKeyErrorCode

/** True for a code that a connect flow may end with. */
export function isConnectErrorCode(value: unknown): value is ConnectErrorCode {
  return (
    value === 'access_denied' ||
    value === 'attempt_invalid' ||
    value === 'connect_failed' ||
    isValetKeyErrorCode(value)
  )
}
