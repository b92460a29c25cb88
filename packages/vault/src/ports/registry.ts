import type { AdminRefusal } from '../domain/admin.ts'
import type {
  ClientSecret,
  RegisteredSettings,
  RegistrationKind,
  RegistryEntry,
} from '../domain/registration.ts'
import type { Result } from '../domain/result.ts'

/**
 * All clients and connections: those of the configuration file, and those registered at run time, whose settings are
 * checked by the very rules of the file.
 */
export interface Registry {
  find(key: RegistryKey): Promise<RegistryEntry | undefined>
  /** Ordered by name, after `after`, at most `limit`. */
  list(query: {
    readonly kind: RegistrationKind
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<readonly RegistryEntry[]>
  /** A name of the configuration is taken too: nothing can be put in front of it. */
  register(
    request: RegistrationRequest,
  ): Promise<
    Result<RegistryEntry, Refused<'name_taken' | 'invalid_settings' | 'too_many_registrations'>>
  >
  /**
   * Puts settings and secrets in the place of those that `expected` has. What is absent stays: the secret of a
   * connection can be replaced but never read.
   */
  change(request: {
    readonly expected: RegistryEntry
    readonly settings: RegisteredSettings
    readonly secrets: readonly ClientSecret[]
    readonly providerSecret?: string | undefined
    readonly now: number
  }): Promise<
    Result<
      RegistryEntry,
      Refused<'invalid_settings' | 'changed_meanwhile' | 'connection_in_use' | 'configured'>
    >
  >
  remove(
    expected: RegistryEntry,
  ): Promise<Result<'removed', Refused<'changed_meanwhile' | 'connection_in_use' | 'configured'>>>
}

export interface RegistryKey {
  readonly kind: RegistrationKind
  readonly name: string
}

export interface RegistrationRequest extends RegistryKey {
  readonly settings: RegisteredSettings
  readonly secrets: readonly ClientSecret[]
  /** What the provider gave the vault, of a connection. */
  readonly providerSecret?: string | undefined
  readonly now: number
}

type Refused<Reason extends AdminRefusal['reason']> = Extract<
  AdminRefusal,
  { readonly reason: Reason }
>
