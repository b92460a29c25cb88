import type { Actor, Identity } from './identity.ts'
import { accept, refuse, type Result } from './result.ts'
import type { Subject, SubjectRefusal } from './subject.ts'

/** The longest chain that is recorded, the current actor included (RV-41). */
const MAX_ACTORS = 5
/** What a chain may come to in a token or in the audit log, written as JSON (RV-41). */
const MAX_CHAIN_LENGTH = 4_096

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
  const actor: Actor = {
    subject: current,
    ...(presented !== undefined && { issuer: presented.issuer }),
    ...(subject.actor !== undefined && { actor: subject.actor }),
  }
  return isBounded(actor) && !isLoop(actor)
    ? accept(actor)
    : refuse({ reason: 'actor_not_permitted' })
}

function isBounded(actor: Actor): boolean {
  return chainOf(actor).length <= MAX_ACTORS && JSON.stringify(actor).length <= MAX_CHAIN_LENGTH
}

/** Whether the chain comes back to the current actor by way of others. Who acts twice running has handed nothing on. */
function isLoop(actor: Actor): boolean {
  const [current, , ...earlier] = chainOf(actor)
  return earlier.some(
    ({ subject, issuer }) => subject === current?.subject && issuer === current.issuer,
  )
}

function chainOf(actor: Actor | undefined): readonly Actor[] {
  return actor === undefined ? [] : [actor, ...chainOf(actor.actor)]
}
