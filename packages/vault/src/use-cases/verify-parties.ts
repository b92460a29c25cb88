import { decideActor } from '../domain/decide-actor.ts'
import type { Client } from '../domain/client.ts'
import type { Actor } from '../domain/identity.ts'
import type { ExchangeRefusal } from '../domain/refusal.ts'
import { accept, refuse, type Result } from '../domain/result.ts'
import type { KeysUnavailable, Subject, SubjectRefusal } from '../domain/subject.ts'
import type { Logger } from '../ports/logger.ts'
import type { SubjectVerifier } from '../ports/subject-verifier.ts'
import { UNAVAILABLE_RETRY_SECONDS } from './record-audit.ts'

/** A token with the type its sender declares (RFC 8693 section 3). Attacker-controlled. */
export interface PresentedToken {
  readonly token: string
  readonly tokenType: string
  /** The key that the request proved to hold, by its thumbprint; absent when it came without a DPoP proof. */
  readonly jkt?: string | undefined
}

export interface Parties {
  readonly subject: Subject
  readonly actor: Actor
}

export interface VerifyPartiesDependencies {
  readonly subjectVerifier: SubjectVerifier
  readonly vaultIssuer: string
  readonly logger: Logger
}

export interface VerifyPartiesRequest {
  readonly client: Client
  readonly subject: PresentedToken
  readonly actor?: PresentedToken | undefined
  readonly requestId: string
}

/** On whose behalf, and by whom: verifies the subject token, the actor token if there is one, and that they go together. */
export async function verifyParties(
  dependencies: VerifyPartiesDependencies,
  request: VerifyPartiesRequest,
): Promise<Result<Parties, ExchangeRefusal>> {
  const { logger } = dependencies
  const parties = await verify(dependencies, request)
  if (!parties.ok && parties.refusal.reason === 'vault_unavailable') {
    const { issuer, cause } = parties.refusal.why ?? {}
    logger.error('The keys of a login system could not be fetched', {
      code: 'keys_unavailable',
      requestId: request.requestId,
      clientId: request.client.id,
      issuer,
      cause,
    })
  }
  return parties
}

async function verify(
  { subjectVerifier, vaultIssuer }: VerifyPartiesDependencies,
  { client, subject: presentedSubject, actor: presentedActor }: VerifyPartiesRequest,
): Promise<Result<Parties, ExchangeRefusal>> {
  const subject = await verifyHeld(subjectVerifier, client, presentedSubject, 'subject')
  if (!subject.ok) return refuse(subjectRefusal(subject.refusal))
  const presented =
    presentedActor && (await verifyHeld(subjectVerifier, client, presentedActor, 'actor'))
  if (presented?.ok === false) return refuse(actorRefusal(presented.refusal))
  const actor = decideActor({
    subject: subject.value,
    presented: presented?.value.identity,
    clientId: client.id,
    vaultIssuer,
  })
  if (!actor.ok) return refuse(actorRefusal(actor.refusal))
  return accept({ subject: subject.value, actor: actor.value })
}

/** A token that is bound to a key counts only beside a proof of that key (RFC 9449 section 6, RV-33, RV-95). */
async function verifyHeld(
  subjectVerifier: SubjectVerifier,
  client: Client,
  { token, tokenType, jkt }: PresentedToken,
  role: 'subject' | 'actor',
): Promise<Result<Subject, SubjectRefusal>> {
  const verified = await subjectVerifier.verify({ client, token, tokenType, role })
  const bound = verified.ok ? verified.value.confirmation : undefined
  if (bound === undefined || bound.jkt === jkt) return verified
  return refuse({ reason: jkt === undefined ? 'proof_missing' : 'proof_of_other_key' })
}

function subjectRefusal(why: SubjectRefusal): ExchangeRefusal {
  return why.reason === 'keys_unavailable'
    ? unavailable(why)
    : { reason: 'subject_token_invalid', why }
}

function actorRefusal(why: SubjectRefusal): ExchangeRefusal {
  return why.reason === 'keys_unavailable'
    ? unavailable(why)
    : { reason: 'actor_token_invalid', why }
}

/** Keys that cannot be fetched are the vault's trouble: the user must not be sent to log in again for it. */
function unavailable(why: KeysUnavailable): ExchangeRefusal {
  return { reason: 'vault_unavailable', retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS, why }
}
