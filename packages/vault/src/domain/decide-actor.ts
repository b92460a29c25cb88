import type { Actor, Identity } from './identity.ts'
import { accept, refuse, type Result } from './result.ts'
import type { Subject, SubjectRefusal } from './subject.ts'

/** The longest chain that is recorded, the current actor included (RV-41). */
const MAX_ACTORS = 5

/** Who acts, and what the subject's token says about that. */
export interface ActorQuestion {
  readonly subject: Subject
  /** Who the actor token names; absent when none was sent. */
  readonly presented?: Identity | undefined
  /** The authenticated client: the actor where no token names one (R5). */
  readonly clientId: string
  readonly vaultIssuer: string
}

/**
 * The chain of actors, outermost the current one. `may_act` is obeyed, whoever the actor is (RFC 8693 section 4.4,
 * RV-40); those who acted before stay inside, as history (section 4.1).
 */
export function decideActor({
  subject,
  presented,
  clientId,
  vaultIssuer,
}: ActorQuestion): Result<Actor, SubjectRefusal> {
  const { mayAct } = subject
  const issuer = presented?.issuer ?? vaultIssuer
  const current = presented?.subject ?? clientId
  if (mayAct !== undefined) {
    // Without `iss`, a name is the subject's issuer's own: a client of this vault may have the same by chance.
    const permittedIssuer = mayAct.issuer ?? subject.identity.issuer
    if (mayAct.subject !== current || permittedIssuer !== issuer) {
      return refuse({ reason: 'actor_not_permitted' })
    }
  }
  if (lengthOf(subject.actor) >= MAX_ACTORS) return refuse({ reason: 'actor_not_permitted' })
  return accept({
    subject: current,
    ...(presented !== undefined && { issuer: presented.issuer }),
    ...(subject.actor !== undefined && { actor: subject.actor }),
  })
}

function lengthOf(chain: Actor | undefined): number {
  return chain === undefined ? 0 : 1 + lengthOf(chain.actor)
}
