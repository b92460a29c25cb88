import type { Client } from '../domain/client.ts'
import type { Result } from '../domain/result.ts'
import type { Subject, SubjectRefusal } from '../domain/subject.ts'

/** Decides whether a token says on whose behalf this client may act. */
export interface SubjectVerifier {
  verify(request: {
    readonly client: Client
    readonly token: string
    /** RFC 8693 section 3 token type URI, as sent. */
    readonly tokenType: string
    /** An actor may be a machine, a subject may not. Default `subject`. */
    readonly role?: 'subject' | 'actor' | undefined
  }): Promise<Result<Subject, SubjectRefusal>>
}
