export { ConnectAccount } from './connect-account.tsx'
export { defaultServiceNames, defaultTexts } from './texts.ts'
export { useConnectAccount } from './use-connect-account.ts'
export { useInterrupts } from './use-interrupts.ts'
export type { AiSdkChat, AiSdkMessage } from './ai-sdk-chat.ts'
export type {
  ConnectAccountComponents,
  ConnectAccountProps,
  ConnectAccountSlots,
} from './connect-account.tsx'
export type { LangChainStream, LangGraphInterrupt, LangGraphStream } from './langgraph-stream.ts'
export type { ConnectTexts, FailureCode } from './texts.ts'
export type {
  ConnectAccountControl,
  ConnectPhase,
  UseConnectAccountOptions,
} from './use-connect-account.ts'
export type { InterruptSource, ResumableInterrupt, UseInterruptsOptions } from './use-interrupts.ts'
