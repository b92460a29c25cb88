export {
  createConnectHandlers,
  FederatedConnectionError,
  FederatedConnectionInterrupt,
  fetchForConnection,
  findValetKeyError,
  getAccessTokenForConnection,
  getCredentialsForConnection,
  InterruptError,
  isInterruptError,
  isValetKeyError,
  parseInterrupt,
  ValetKeyError,
} from '@valetkey/core'
export { createValetKey } from './create-valet-key.ts'
export { DeclinedError, isDeclinedError } from './declined-error.ts'
export { getInterrupts } from './get-interrupts.ts'
export type {
  ApiToken,
  ApproveInterrupt,
  ConnectedAccount,
  ConnectedAccounts,
  ConnectFailure,
  ConnectHandlers,
  ConnectHandlersOptions,
  ConnectInterrupt,
  Credentials,
  Interrupt,
  LoginInterrupt,
  ParseInterruptOptions,
  PrivateKey,
  SignedSubject,
  SubjectToken,
  TokenForConnectionOptions,
  ToolCall,
  ValetKeyErrorCode,
  ValetKeyEvent,
  ValetKeyOptions,
} from '@valetkey/core'
export type { ToolWrapper, ValetKey, WithTokenForConnection } from './create-valet-key.ts'
export type { PendingInterrupt } from './get-interrupts.ts'
export type { ToolConfig } from './tool-config.ts'
export type { InputOf, WrappableTool } from './wrap-tool.ts'
