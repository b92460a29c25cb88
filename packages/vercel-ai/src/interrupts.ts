export { interruptsInParts as getInterrupts, parseInterrupt } from '@valetkey/core/interrupts'
export type {
  ApproveInterrupt,
  ConnectInterrupt,
  Interrupt,
  LoginInterrupt,
  MessagePart,
  ParseInterruptOptions,
  PendingInterrupt,
} from '@valetkey/core/interrupts'
