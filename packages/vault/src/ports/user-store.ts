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
}
