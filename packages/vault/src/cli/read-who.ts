import { UserError } from './user-error.ts'

/** Whom a command is about. */
export interface WhoOptions {
  readonly user?: string | undefined
  readonly issuer?: string | undefined
  readonly subject?: string | undefined
}

/** One of the two ways to say it. @throws UserError for none, or both */
export function readWho(
  options: WhoOptions,
): { readonly user: string } | { readonly issuer: string; readonly subject: string } {
  const { user, issuer, subject } = options
  if (user !== undefined && issuer === undefined && subject === undefined) return { user }
  if (user === undefined && issuer !== undefined && subject !== undefined) {
    return { issuer, subject }
  }
  throw new UserError('Say who: --user with an id, or --issuer and --subject as in the token.')
}
