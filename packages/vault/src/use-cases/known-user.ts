import type { Client } from '../domain/client.ts'
import type { Identity } from '../domain/identity.ts'
import type { Subject } from '../domain/subject.ts'
import type { UserDirectory } from '../ports/user-directory.ts'
import type { UserStore } from '../ports/user-store.ts'

/** Whom an exchange would be for, by a user's id or by an identity as in subject tokens. */
export type WhoIsAsked = Identity | { readonly userId: string }

/** What the vault knows of whom an exchange would be for. */
export interface KnownUser {
  readonly userId: string | undefined
  /** As in subject tokens. */
  readonly identities: readonly Identity[]
  /** Whether an identity was asked for, or any that the user has will do. */
  readonly askedBy: 'identity' | 'user_id'
}

export interface FindKnownUserDependencies {
  readonly tenant: string
  readonly users: UserStore
  readonly userDirectory: UserDirectory
}

export async function findKnownUser(
  { tenant, users, userDirectory }: FindKnownUserDependencies,
  who: WhoIsAsked,
): Promise<KnownUser> {
  if (!('userId' in who)) {
    const userId = await users.findByIdentity({ tenant, identity: who })
    return { userId, identities: [who], askedBy: 'identity' }
  }
  const user = await userDirectory.find({ tenant, userId: who.userId })
  const askedBy = 'user_id'
  if (user === undefined) return { userId: undefined, identities: [], askedBy }
  return {
    askedBy,
    userId: user.id,
    identities: await userDirectory.identities({ tenant, userId: user.id }),
  }
}

export function issuersOf({ identities }: KnownUser): readonly string[] {
  return [...new Set(identities.map(({ issuer }) => issuer))]
}

/** By which kind of token the user would be named (R2). */
export function subjectKindOf(client: Client | undefined, user: KnownUser): Subject['kind'] {
  const isSigned = issuersOf(user).some((issuer) => issuer === client?.signedSubjects?.issuer)
  return isSigned ? 'client_signed' : 'trusted_issuer'
}
