import type { Client } from '../domain/client.ts'
import { failed, passed, type Verdict } from '../domain/diagnosis.ts'
import type { DeploymentProbe } from '../ports/deployment-probe.ts'
import { type KnownUser, issuersOf, subjectKindOf } from './known-user.ts'

export interface DiagnoseSubjectDependencies {
  readonly issuer: string
  readonly probe: DeploymentProbe
}

/** Whose tokens may say that it is this user; one way in is enough. */
export async function diagnoseSubject(
  { issuer: vaultIssuer, probe }: DiagnoseSubjectDependencies,
  client: Client | undefined,
  user: KnownUser,
): Promise<readonly Verdict[]> {
  if (client === undefined) return []
  const issuers = issuersOf(user)
  const isOwn = issuers.includes(vaultIssuer)
  if (isOwn || (user.askedBy === 'user_id' && client.grants.includes('authorization_code'))) {
    return [
      passed('subject_issuer', "The vault's own tokens name the user."),
      passed('issuer_keys', "They are the vault's own."),
    ]
  }
  if (subjectKindOf(client, user) === 'client_signed') {
    return [
      passed('subject_issuer', 'The client names the user itself, by a JWT that it signs.'),
      passed('issuer_keys', "They are the client's own."),
    ]
  }
  const listed = issuers.filter((issuer) => client.subjects.some((one) => one.issuer === issuer))
  const [issuer] = listed.length > 0 ? listed : issuers
  if (issuer === undefined) return []
  const keys = await probe.issuerKeys(issuer)
  if (keys === undefined) {
    return [
      failed(
        'subject_issuer',
        'The issuer is not one that the vault trusts.',
        'Add it to trustedIssuers, written exactly as in `iss` of its tokens.',
      ),
    ]
  }
  return [
    listed.length > 0
      ? passed('subject_issuer', 'It is trusted, and the client lists it.')
      : failed(
          'subject_issuer',
          'It is trusted, but the client does not list it.',
          "Add it to the client's subjects.",
        ),
    ...keys,
  ]
}
