export type { ProviderBehaviour } from './behaviour.ts'
export { createVirtualClock, type VirtualClock } from './clock.ts'
export {
  connectEmulator,
  type ConnectEmulatorOptions,
  type EmulatorDescription,
  type RemoteEmulator,
} from './connect-emulator.ts'
export type { ConsentDecision } from './consent.ts'
export type { RevokedGrant } from './control.ts'
export type { EmulatorClient } from './emulation.ts'
export type { Fault, FaultPlan, FaultPoint } from './fault.ts'
export type { EmulatorFaults, PlannedFault } from './faults.ts'
export type { IssuedGrant, IssueTokensOptions } from './issue-tokens.ts'
export type { LoginTokenOptions } from './jwt.ts'
export type { EmulatorLog, LogEntry, LogFilter, LogRoute } from './log.ts'
export type { Runtime } from './runtime.ts'
export type { SigningAlgorithm } from './signing-keys.ts'
export { startEmulator, type Emulator, type EmulatorOptions } from './start-emulator.ts'
export type { TrustedIssuer } from './trusted-issuer.ts'
export { defaultUsers, type EmulatorUser } from './users.ts'
