export {
  createConnectHandlers,
  FederatedConnectionError,
  FederatedConnectionInterrupt,
  findValetKeyError,
  InterruptError,
  isInterruptError,
  isValetKeyError,
  parseInterrupt,
  ValetKeyError,
} from '@valetkey/core'
export { AccessTokenError } from './access-token-error.ts'
export { createValetKey } from './create-valet-key.ts'
export type {
  AccessTokenRequest,
  ApproveInterrupt,
  CallOptions,
  ConnectFailure,
  ConnectInterrupt,
  Credentials,
  Interrupt,
  LoginInterrupt,
  PrivateKey,
  SignedSubject,
  SubjectToken,
  ValetKeyClient,
  ValetKeyErrorCode,
  ValetKeyEvent,
} from '@valetkey/core'
export type { ConnectAccountRequest, RequireAccountRequest, ValetKey } from './create-valet-key.ts'
export type { Handlers } from './create-handlers.ts'
export type { LoginFailure } from './login-routes.ts'
export type { NextValetKeyOptions, SessionOptions } from './options.ts'
export type { Session, SessionUser } from './session.ts'
