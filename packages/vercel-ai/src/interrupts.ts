export { parseInterrupt } from '@valetkey/core/interrupts'
export { getInterrupts } from './get-interrupts.ts'
export type {
  ApproveInterrupt,
  ConnectInterrupt,
  Interrupt,
  LoginInterrupt,
  ParseInterruptOptions,
} from '@valetkey/core/interrupts'
export type { MessagePart, PendingInterrupt } from './get-interrupts.ts'
