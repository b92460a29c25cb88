import type { Identity } from '../domain/identity.ts'

/** Who is known. Users are made at connect or login, never by an exchange (R1). */
export interface UserStore {
  /**
   * The user's id, by (issuer, subject); none where the record of it is not the vault's own. For the vault's own issuer
   * the subject is the user's id, if there is such a user. The exchange's hot path.
   */
  findByIdentity(query: {
    readonly tenant: string
    readonly identity: Identity
  }): Promise<string | undefined>
  /**
   * The user with this identity; made with `userId` when there is none. Two at once: one wins, both get its id. Fails
   * where the record is not the vault's own, and for one of the vault's own users that is not there.
   */
  findOrCreate(request: {
    readonly tenant: string
    readonly identity: Identity
    readonly userId: string
    readonly now: number
  }): Promise<string>
  /** Every identity of the user whose record is the vault's own, ordered by issuer and subject. */
  listIdentities(query: {
    readonly tenant: string
    readonly userId: string
  }): Promise<readonly Identity[]>
  /**
   * Gives a user one more identity, in one atomic step. `known`: it is this user's already. `taken`: it leads to somebody
   * else, or its record is not the vault's own; nothing is written then.
   */
  addIdentity(request: {
    readonly tenant: string
    readonly identity: Identity
    /** Of a user that is there. */
    readonly userId: string
    readonly now: number
  }): Promise<'added' | 'known' | 'taken'>
  /**
   * Takes an identity from a user, in one atomic step. `last`: the user would be left with none under the given issuers,
   * and keeps it; of two removals at once, too, one is told so.
   */
  removeIdentity(request: {
    readonly tenant: string
    readonly identity: Identity
    readonly userId: string
    /** Issuers of which one identity at least must remain: those that the user can log in with. */
    readonly keepOneOf: readonly string[]
  }): Promise<'removed' | 'not_found' | 'last'>
}
