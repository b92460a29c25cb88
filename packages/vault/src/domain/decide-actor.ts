import type { Actor, Identity } from './identity.ts'
import { accept, refuse, type Result } from './result.ts'
import type { Subject, SubjectRefusal } from './subject.ts'

/** The longest chain that is recorded, the current actor included (RV-41). */
const MAX_ACTORS = 5
/** Of a chain as JSON. Its form in a token has shorter names, so that it is smaller still (RV-41). */
const MAX_CHAIN_BYTES = 4 * 1024

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
 * The chain of actors, outermost the current one; those without `issuer` are clients of this vault. `may_act` is obeyed,
 * whoever the actor is (RFC 8693 section 4.4, RV-40); those who acted before stay inside, as history (section 4.1), and
 * nobody comes back to one that went on to others.
 */
export function decideActor({
  subject,
  presented,
  clientId,
  vaultIssuer,
}: ActorQuestion): Result<Actor, SubjectRefusal> {
  const { mayAct } = subject
  const current = presented ?? { issuer: vaultIssuer, subject: clientId }
  if (mayAct !== undefined) {
    // Without `iss`, a name is the subject's issuer's own: a client of this vault may have the same by chance.
    const permittedIssuer = mayAct.issuer ?? subject.identity.issuer
    if (mayAct.subject !== current.subject || permittedIssuer !== current.issuer) {
      return refuse({ reason: 'actor_not_permitted' })
    }
  }

  const before = linksOf(subject.actor).map((link) => ({
    issuer: link.issuer ?? subject.identity.issuer,
    subject: link.subject,
  }))
  const [last, ...earlier] = before
  if (earlier.some((link) => isSame(link, current))) return refuse({ reason: 'actor_repeated' })
  // Who acts twice running has handed nothing on.
  const links = last !== undefined && isSame(last, current) ? before : [current, ...before]
  const chain = links.reduceRight<Actor | undefined>(
    (inner, { issuer, subject: name }) => ({
      subject: name,
      ...(issuer !== vaultIssuer && { issuer }),
      ...(inner !== undefined && { actor: inner }),
    }),
    undefined,
  )
  if (chain === undefined || links.length > MAX_ACTORS || bytesOf(chain) > MAX_CHAIN_BYTES) {
    return refuse({ reason: 'actor_chain_too_long' })
  }
  return accept(chain)
}

function isSame(one: Identity, other: Identity): boolean {
  return one.issuer === other.issuer && one.subject === other.subject
}

function linksOf(chain: Actor | undefined): readonly Actor[] {
  return chain === undefined ? [] : [chain, ...linksOf(chain.actor)]
}

function bytesOf(chain: Actor): number {
  return new TextEncoder().encode(JSON.stringify(chain)).length
}
