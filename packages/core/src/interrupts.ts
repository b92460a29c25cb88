export {
  findInterrupt,
  interruptText,
  isInterruptError,
  serializeInterrupt,
} from './interrupt-error.ts'
export { parseInterrupt } from './parse-interrupt.ts'
export type { ApproveInterrupt, ConnectInterrupt, Interrupt, LoginInterrupt } from './interrupt.ts'
export type { ParseInterruptOptions } from './parse-interrupt.ts'
