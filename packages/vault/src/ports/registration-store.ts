import type { RegistrationKind } from '../domain/registration.ts'

/** A client or connection that was registered while the vault ran. */
export interface Registration {
  readonly tenant: string
  readonly kind: RegistrationKind
  /** A client's id, or a connection's name. */
  readonly name: string
  /** JSON, sealed under kind, name and generation. */
  readonly settings: Uint8Array
  /** Grows by one with each change. */
  readonly generation: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** Where registrations live. Each method is one atomic step. Implementations pass `describeRegistrationStore`. */
export interface RegistrationStore {
  find(key: RegistrationKey): Promise<Registration | undefined>
  /** Ordered by name, after `after`, at most `limit`. */
  list(query: {
    readonly tenant: string
    readonly kind: RegistrationKind
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<readonly Registration[]>
  /** False when the name is taken. */
  insert(registration: Registration): Promise<boolean>
  /** Writes only if the stored generation is the one before; resolves to whether it wrote. */
  replace(registration: Registration): Promise<boolean>
  /**
   * Removes only if the stored generation still equals `generation`, and a connection only while no account is on it:
   * one step, so that nobody connects in between.
   */
  remove(
    key: RegistrationKey & { readonly generation: number },
  ): Promise<'removed' | 'not_removed' | 'in_use'>
  /** Whether any account is on the connection. */
  hasAccounts(query: { readonly tenant: string; readonly connection: string }): Promise<boolean>
}

export interface RegistrationKey {
  readonly tenant: string
  readonly kind: RegistrationKind
  readonly name: string
}
