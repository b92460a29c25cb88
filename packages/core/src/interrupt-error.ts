import type { ConnectInterrupt, Interrupt } from './interrupt.ts'
import { parseInterrupt } from './parse-interrupt.ts'
import { findInChain, isValetKeyError, ValetKeyError } from './valet-key-error.ts'

/** The user can mend it: carries the {@link Interrupt}. `code` equals `interrupt.reason`. */
export class InterruptError extends ValetKeyError {
  readonly interrupt: Interrupt

  constructor(interrupt: Interrupt, options?: ErrorOptions) {
    super(interrupt.reason, interrupt.message, options)
    this.name = 'InterruptError'
    this.interrupt = interrupt
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), interrupt: serializeInterrupt(this.interrupt) }
  }
}

/** The user has to connect, reconnect or extend an account. */
export class FederatedConnectionInterrupt extends InterruptError {
  declare readonly interrupt: ConnectInterrupt

  constructor(interrupt: ConnectInterrupt, options?: ErrorOptions) {
    super(interrupt, options)
    this.name = 'FederatedConnectionInterrupt'
  }
}

/** The error that carries an interrupt: the connect kind has a class of its own. */
export function toInterruptError(interrupt: Interrupt, options?: ErrorOptions): InterruptError {
  return interrupt.kind === 'connect'
    ? new FederatedConnectionInterrupt(interrupt, options)
    : new InterruptError(interrupt, options)
}

/**
 * True for an error that carries an interrupt, also across two installed copies of the package.
 * For an error that a framework has wrapped, use {@link findInterrupt}.
 */
export function isInterruptError(error: unknown): error is InterruptError {
  if (!isValetKeyError(error) || !('interrupt' in error)) return false
  const { interrupt } = error
  return (
    typeof interrupt === 'object' &&
    interrupt !== null &&
    'type' in interrupt &&
    interrupt.type === 'valetkey.interrupt'
  )
}

/** The interrupt in an error or in any error it wraps (`cause`, `error`), or `undefined`. */
export function findInterrupt(error: unknown): Interrupt | undefined {
  const found = findInChain(error, isInterruptError)
  return found === undefined ? undefined : serializeInterrupt(found.interrupt)
}

/** A plain copy that names every field it passes on, so that nothing else can travel with it. */
export function serializeInterrupt(interrupt: Interrupt): Interrupt {
  const { type, version, message, tool } = interrupt
  const base = {
    type,
    version,
    message,
    ...(tool === undefined ? {} : { tool: { callId: tool.callId, name: tool.name } }),
  }
  switch (interrupt.kind) {
    case 'login':
      return { ...base, kind: interrupt.kind, reason: interrupt.reason }
    case 'approve': {
      const { kind, reason, approvalId, requestedAt, expiresAt, intervalSeconds } = interrupt
      return { ...base, kind, reason, approvalId, requestedAt, expiresAt, intervalSeconds }
    }
    case 'connect': {
      const { kind, reason, connection, authorizationParams, accounts, connectUrl } = interrupt
      return {
        ...base,
        kind,
        reason,
        connection,
        requiredScopes: [...interrupt.requiredScopes],
        missingScopes: [...interrupt.missingScopes],
        ...(authorizationParams === undefined
          ? {}
          : { authorizationParams: { ...authorizationParams } }),
        ...(accounts === undefined
          ? {}
          : { accounts: accounts.map(({ id, label }) => ({ id, label })) }),
        ...(connectUrl === undefined ? {} : { connectUrl }),
      }
    }
  }
}

/**
 * The text a chat sends to its own UI for an error: the interrupt's JSON, which
 * {@link parseInterrupt} reads back, or a sentence that says nothing about any other error.
 */
export function interruptText(error: unknown): string {
  const interrupt = findInterrupt(error) ?? parseInterrupt(error)
  return interrupt === undefined
    ? 'An error occurred.'
    : JSON.stringify(serializeInterrupt(interrupt))
}
