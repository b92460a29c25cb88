import type { Account } from '../domain/account.ts'
import { type Client, connectionPolicyOf } from '../domain/client.ts'
import type { Connection } from '../domain/connection.ts'
import type { AllowedAccount } from '../domain/consent.ts'
import { decideHandOut, decidePolicy, type PermittedConnection } from '../domain/decide-exchange.ts'
import { passed, type Verdict } from '../domain/diagnosis.ts'
import type { Subject } from '../domain/subject.ts'
import { explainAccountRefusal, explainPolicyRefusal } from './explain-refusal.ts'

/** Whether the client may have what is asked of this connection, whoever the user is. */
export function diagnosePolicy(
  client: Client | undefined,
  connection: Connection | undefined,
  {
    scopes,
    subjectKind,
  }: {
    readonly scopes?: readonly string[] | undefined
    readonly subjectKind: Subject['kind']
  },
): { readonly verdict?: Verdict; readonly permitted?: PermittedConnection } {
  if (client === undefined || connection === undefined) return {}
  const decided = decidePolicy({ client, connection, scopes, subjectKind })
  if (!decided.ok) return { verdict: explainPolicyRefusal('policy', decided.refusal) }
  const allowed = connectionPolicyOf(client, connection.name)?.scopes ?? []
  return {
    verdict: passed('policy', `The client may have ${list(allowed)}.`),
    permitted: decided.value,
  }
}

export interface HandOutQuestion {
  readonly client: Client
  readonly permitted: PermittedConnection
  readonly account: Account
  readonly scopes: readonly string[] | undefined
  readonly allowed: readonly AllowedAccount[] | undefined
}

/** Whether the token can do what is asked, and whether the user allowed that: a check of its own. */
export function diagnoseHandOut(question: HandOutQuestion): readonly (Verdict | undefined)[] {
  return [checkScopes(question), checkConsent(question)]
}

function checkScopes(question: HandOutQuestion): Verdict | undefined {
  const client: Client = { ...question.client, consent: 'implied' }
  const decided = decideHandOut({ ...question, client })
  if (decided.ok) return passed('scopes', `It can do ${list(decided.value.scopes)}.`)
  // The state has said so.
  return decided.refusal.reason === 'reconnect_required'
    ? undefined
    : explainAccountRefusal('scopes', decided.refusal)
}

function checkConsent(question: HandOutQuestion): Verdict {
  if (question.client.consent === 'implied') {
    return passed('consent', 'This client need not ask.')
  }
  const decided = decideHandOut(question)
  return !decided.ok && decided.refusal.reason === 'consent_required'
    ? explainAccountRefusal('consent', decided.refusal)
    : passed('consent', 'The user has allowed it.')
}

function list(scopes: readonly string[]): string {
  return scopes.length === 0 ? 'whatever the provider gives' : scopes.join(' ')
}
