/** Everything that the admin API can do; also the names of what it leaves in the audit log, behind `admin.`. */
export const ADMIN_OPERATIONS = [
  'connections.list',
  'connections.read',
  'connections.register',
  'connections.change',
  'connections.remove',
  'connections.test',
  'clients.list',
  'clients.read',
  'clients.register',
  'clients.change',
  'clients.remove',
  'clients.add_secret',
  'clients.remove_secret',
  'users.list',
  'users.read',
  'accounts.list',
  'accounts.read',
  'accounts.revoke',
  'audit.list',
  'audit.verify',
  'exchange.diagnose',
] as const
export type AdminOperation = (typeof ADMIN_OPERATIONS)[number]

export const ADMIN_SCOPES = ['vault:read', 'vault:write'] as const
export type AdminScope = (typeof ADMIN_SCOPES)[number]

/** Who may call the admin API: a tool or a person of the operator's, never an app (RV-112). */
export interface AdminClient {
  readonly id: string
  readonly authentication: AdminAuthenticationMethod
  readonly scopes: readonly AdminScope[]
}

export type AdminAuthenticationMethod =
  | { readonly method: 'client_secret'; readonly secretHashes: readonly Uint8Array[] }
  | {
      readonly method: 'private_key_jwt'
      readonly keys: readonly Readonly<Record<string, unknown>>[]
    }

/** Why the admin API cannot do what it is asked, with the evidence. */
export type AdminRefusal =
  | { readonly reason: 'not_found'; readonly what: AdminThing }
  /** It is in the configuration file, which is the place to change it. */
  | { readonly reason: 'configured'; readonly what: AdminThing }
  | { readonly reason: 'name_taken'; readonly what: AdminThing }
  | { readonly reason: 'invalid_settings'; readonly problems: readonly SettingsProblem[] }
  /** Accounts hang on the connection. */
  | { readonly reason: 'connection_in_use' }
  /** There are two live secrets already (RV-23). */
  | { readonly reason: 'too_many_secrets' }
  /** It is the only way in: the client itself is what to remove. */
  | { readonly reason: 'last_secret' }
  /** The client proves itself by keys, or not at all. */
  | { readonly reason: 'no_secrets' }
  /** Somebody else changed it at the same time. */
  | { readonly reason: 'changed_meanwhile' }
  | { readonly reason: 'too_many_registrations' }
  | { readonly reason: 'vault_unavailable'; readonly retryAfterSeconds: number }

export type AdminThing = 'client' | 'connection' | 'user' | 'account' | 'secret'

/** One thing that is wrong in settings. */
export interface SettingsProblem {
  readonly path: readonly PropertyKey[]
  /** What is wrong, and the mend. Never a value of the settings. */
  readonly message: string
}
