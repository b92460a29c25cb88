import type { Subject } from '../domain/subject.ts'

type Details = Readonly<Record<string, string>>

/** What the audit log keeps of a subject where no user id says who it was. */
export function subjectDetails(subject: Subject | undefined): Details {
  if (subject === undefined) return {}
  return {
    ...subjectKindDetails(subject),
    subject_issuer: subject.identity.issuer,
    subject: subject.identity.subject,
  }
}

/** By what kind of token somebody was named, and what the client that signed it says about why (R2). */
export function subjectKindDetails(subject: Subject | undefined): Details {
  if (subject === undefined) return {}
  const { kind, auditContext } = subject
  return {
    subject_kind: kind,
    ...(auditContext !== undefined && { audit_context: auditContext }),
  }
}
