import { ConfigError } from '../config/config-error.ts'
import { KeyError } from '../crypto/key-error.ts'
import { describeError } from '../logging/describe-error.ts'
import { StorageError } from '../storage/storage-error.ts'
import { UserError } from './user-error.ts'

/** What a failed command prints: the message of errors made for people, and only the place of any other. */
export function explainFailure(error: unknown): string {
  if (
    error instanceof UserError ||
    error instanceof ConfigError ||
    error instanceof KeyError ||
    error instanceof StorageError
  ) {
    return error.message
  }
  const { name, code, frames } = describeError(error)
  const what = code === undefined ? name : `${name} ${code}`
  return `Failed unexpectedly: ${what}${frames[0] === undefined ? '' : ` at ${frames[0]}`}. Please report this.`
}

/** Turns the ways in which an address cannot be had into words. */
export function explainListening(error: unknown, { port }: { readonly port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') {
    return new UserError(
      `Port ${port} is in use. Stop what listens there, or choose another with --port.`,
      { cause: error },
    )
  }
  if (code === 'EACCES') {
    return new UserError(
      `Port ${port} needs privileges. Choose one from 1024 on with --port, and put a proxy in front.`,
      { cause: error },
    )
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new UserError('This machine has no such address. Choose another with --host.', {
      cause: error,
    })
  }
  return error
}
