import type { Identity } from '../domain/identity.ts'

/** Who is known. Users are made at connect or login, never by an exchange (R1). */
export interface UserStore {
  /** The user's id, by (issuer, subject). The exchange's hot path. */
  findByIdentity(query: {
    readonly tenant: string
    readonly identity: Identity
  }): Promise<string | undefined>
  /** The user with this identity; made with `userId` when there is none. Two at once: one wins, both get its id. */
  findOrCreate(request: {
    readonly tenant: string
    readonly identity: Identity
    readonly userId: string
    readonly now: number
  }): Promise<string>
}
