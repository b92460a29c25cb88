export {
  createConnectHandlers,
  FederatedConnectionError,
  FederatedConnectionInterrupt,
  fetchForConnection,
  findValetKeyError,
  getAccessTokenForConnection,
  getCredentialsForConnection,
  InterruptError,
  interruptText,
  isInterruptError,
  isValetKeyError,
  parseInterrupt,
  ValetKeyError,
} from '@valetkey/core'
export { interruptsInParts as getInterrupts } from '@valetkey/core/interrupts'
export { createValetKey } from './create-valet-key.ts'
export { stopOnInterrupt } from './stop-on-interrupt.ts'
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
export type {
  ApprovableTool,
  ApprovableTools,
  ApprovalCall,
  ApprovalDetails,
  ApprovalPolicy,
  ApprovalRequest,
  ApprovalRule,
  ApprovalStatus,
  ToolApproval,
} from './approval-policy.ts'
export type { ToolWrapper, ValetKey, WithTokenForConnection } from './create-valet-key.ts'
export type { MessagePart, PendingInterrupt } from '@valetkey/core/interrupts'
export type { StepsSoFar } from './stop-on-interrupt.ts'
export type { ToolApprovalOptions } from './tool-approval.ts'
export type {
  ContextOf,
  ExecutionOptions,
  InputOf,
  MessagesOf,
  WrappableTool,
} from './wrappable-tool.ts'
