export { connectChannelName, parseConnectMessage } from './connect-message.ts'
export {
  findInterrupt,
  interruptText,
  isInterruptError,
  serializeInterrupt,
} from './interrupt-error.ts'
export { interruptsInParts } from './interrupts-in-parts.ts'
export { parseInterrupt } from './parse-interrupt.ts'
export { isDeclined } from './resume-answer.ts'
export type { ConnectErrorCode, ConnectFailure } from './connect-failure.ts'
export type { ConnectMessage } from './connect-message.ts'
export type { ApproveInterrupt, ConnectInterrupt, Interrupt, LoginInterrupt } from './interrupt.ts'
export type { MessagePart, PendingInterrupt } from './interrupts-in-parts.ts'
export type { ParseInterruptOptions } from './parse-interrupt.ts'
export type { ResumeAnswer } from './resume-answer.ts'
