/**
 * A user whom this client names itself, where the login system has no token that the vault could
 * read. Each request to the vault carries a JWT of its own, signed by the client's `privateKey`.
 */
export interface SignedSubject {
  /** The user's id at your login system, from the session: never from a model or a browser. */
  readonly subject: string
  /** Why, for the vault's audit log; 256 characters at most. Auth0 requires it. */
  readonly auditContext?: string | undefined
}

const longestAuditContext = 256

/** Reads what a `signedSubject` source gave; `undefined` means that nobody is logged in. */
export function checkedSignedSubject(value: unknown): SignedSubject | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return { subject: value }
  if (typeof value === 'object' && 'subject' in value) {
    const { subject } = value
    const auditContext = 'auditContext' in value ? value.auditContext : undefined
    if (subject === undefined || subject === null || subject === '') return undefined
    const isText = typeof auditContext === 'string' && auditContext !== ''
    if (typeof subject === 'string' && auditContext === undefined) return { subject }
    if (typeof subject === 'string' && isText && auditContext.length <= longestAuditContext) {
      return { subject, auditContext }
    }
  }
  throw new TypeError(
    '"signedSubject" must give a user id, or { subject, auditContext } with two strings',
  )
}
