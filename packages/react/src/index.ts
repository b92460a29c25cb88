export { defaultAccountTexts } from './account-texts.ts'
export { ConnectAccount } from './connect-account.tsx'
export { ConnectedAccounts } from './connected-accounts.tsx'
export { defaultServiceNames, defaultTexts } from './texts.ts'
export { useConnectAccount } from './use-connect-account.ts'
export { useConnectedAccounts } from './use-connected-accounts.ts'
export { useInterrupts } from './use-interrupts.ts'
export type { AccountEntry } from './account-list.ts'
export type { AccountTexts } from './account-texts.ts'
export type { AiSdkChat, AiSdkMessage } from './ai-sdk-chat.ts'
export type { ConnectAccountProps, ConnectAccountSlots } from './connect-account.tsx'
export type { ConnectedAccountsProps, ConnectedAccountsSlots } from './connected-accounts.tsx'
export type { LangChainStream, LangGraphInterrupt, LangGraphStream } from './langgraph-stream.ts'
export type { SlotOptions, SlotTags } from './slots.ts'
export type { ConnectTexts, FailureCode } from './texts.ts'
export type {
  ConnectAccountControl,
  ConnectPhase,
  UseConnectAccountOptions,
} from './use-connect-account.ts'
export type {
  AccountsFailure,
  ConnectedAccountsControl,
  UseConnectedAccountsOptions,
} from './use-connected-accounts.ts'
export type { InterruptSource, ResumableInterrupt, UseInterruptsOptions } from './use-interrupts.ts'
