/** Something that whoever typed the command can mend. The message says how; no stack is shown. */
export class UserError extends Error {
  readonly code = 'user_error'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UserError'
  }
}
