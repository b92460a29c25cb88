import type { Identity } from '../domain/identity.ts'

/** Users as an operator looks for them; logins and exchanges use `UserStore`. */
export interface UserDirectory {
  find(query: { readonly tenant: string; readonly userId: string }): Promise<UserRecord | undefined>
  /** Ordered by id, after `after`, at most `limit`. */
  list(query: {
    readonly tenant: string
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<readonly UserRecord[]>
  /** Ordered by issuer and subject. As stored: whether each is the vault's own, `UserStore` says. At most 100. */
  identities(query: {
    readonly tenant: string
    readonly userId: string
  }): Promise<readonly Identity[]>
}

export interface UserRecord {
  readonly id: string
  readonly createdAt: number
}
