import { findInChain } from './valet-key-error.ts'

const brand: unique symbol = Symbol.for('valetkey.federated-connection-error')

/** Options of {@link FederatedConnectionError}. */
export interface FederatedConnectionErrorOptions extends ErrorOptions {
  /** The connection whose token was refused; needed only where a tool uses several at once. */
  readonly connection?: string | undefined
}

/**
 * Thrown by a tool when the provider refused the token. The wrapper drops that token, asks the vault
 * for a newer one, and turns this into a retry or an interrupt: it never leaves the wrapper itself.
 */
export class FederatedConnectionError extends Error {
  readonly connection: string | undefined

  constructor(message: string, options: FederatedConnectionErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'FederatedConnectionError'
    this.connection = options.connection
  }

  get [brand](): true {
    return true
  }
}

/** The refusal in an error or in any error it wraps, also across two copies of this package. */
export function findFederatedConnectionError(error: unknown): FederatedConnectionError | undefined {
  return findInChain(error, isFederatedConnectionError)
}

function isFederatedConnectionError(error: unknown): error is FederatedConnectionError {
  return typeof error === 'object' && error !== null && brand in error
}
