export { createValetKeyClient } from './client.ts'
export { FederatedConnectionError } from './federated-connection-error.ts'
export {
  FederatedConnectionInterrupt,
  findInterrupt,
  InterruptError,
  interruptText,
  isInterruptError,
  serializeInterrupt,
} from './interrupt-error.ts'
export { parseInterrupt } from './parse-interrupt.ts'
export { getAccessTokenForConnection, getCredentialsForConnection } from './token-context.ts'
export { findValetKeyError, isValetKeyError, ValetKeyError } from './valet-key-error.ts'
export type {
  AccessTokenRequest,
  ApiTokenRequest,
  CallOptions,
  OutsideCall,
  ValetKeyClient,
} from './client.ts'
export type { PrivateKey } from './client-authentication.ts'
export type { EventListener, ValetKeyEvent } from './events.ts'
export type { ApiToken } from './exchange.ts'
export type { FederatedConnectionErrorOptions } from './federated-connection-error.ts'
export type { ApproveInterrupt, ConnectInterrupt, Interrupt, LoginInterrupt } from './interrupt.ts'
export type { ValetKeyOptions } from './options.ts'
export type { Protection } from './protection.ts'
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
  WithTokenForConnection,
  WrappedFunction,
} from './with-token-for-connection.ts'
