export { createValetKeyClient } from './client.ts'
export { createConnectHandlers } from './connect-handlers.ts'
export { FederatedConnectionError } from './federated-connection-error.ts'
export {
  FederatedConnectionInterrupt,
  findInterrupt,
  InterruptError,
  interruptText,
  isInterruptError,
  serializeInterrupt,
} from './interrupt-error.ts'
export { fetchForConnection } from './fetch-for-connection.ts'
export { parseInterrupt } from './parse-interrupt.ts'
export { getAccessTokenForConnection, getCredentialsForConnection } from './token-context.ts'
export { findValetKeyError, isValetKeyError, ValetKeyError } from './valet-key-error.ts'
export type {
  AccessTokenRequest,
  ApiTokenRequest,
  CallOptions,
  ConnectedAccountsOptions,
  OutsideCall,
  ValetKeyClient,
} from './client.ts'
export type { PrivateKey } from './client-authentication.ts'
export type { ConnectErrorCode, ConnectFailure } from './connect-failure.ts'
export type { ConnectHandlers } from './connect-handlers.ts'
export type { ConnectHandlersOptions } from './connect-flow.ts'
export type {
  AccountFilter,
  AvailableConnection,
  CompleteRequest,
  ConnectAttempt,
  ConnectedAccount,
  ConnectedAccounts,
  ConnectedAccountsCall,
  ConnectRequest,
} from './connected-accounts.ts'
export type { EventListener, ValetKeyEvent } from './events.ts'
export type { ApiToken } from './api-token.ts'
export type { FederatedConnectionErrorOptions } from './federated-connection-error.ts'
export type { ApproveInterrupt, ConnectInterrupt, Interrupt, LoginInterrupt } from './interrupt.ts'
export type { ValetKeyOptions } from './options.ts'
export type { ParseInterruptOptions } from './parse-interrupt.ts'
export type { ProtectedResult, Protection } from './protection.ts'
export type { SignedSubject } from './signed-subject.ts'
export type { Source, SubjectSources, SubjectToken } from './subject-token.ts'
export type { Credentials } from './token-context.ts'
export type {
  ConnectionNeed,
  TokenForConnectionOptions,
  WrapperOptions,
} from './token-for-connection-options.ts'
export type { ToolCall } from './tool-call.ts'
export type { ValetKeyErrorCode, ValetKeyErrorOptions } from './valet-key-error.ts'
export type { Dialect } from './wire-codes.ts'
export type {
  CallDetails,
  FunctionWrapper,
  PlainCall,
  WithTokenForConnection,
  WrappedFunction,
} from './with-token-for-connection.ts'
